# La mise en place d’un établissement : ce que disent le serveur et ses écrans.

# Ce que le serveur refuse
problem-fields = Corrigez ce qui est signalé.
problem-seat-has-machine = Le poste { $seat } a une machine : retirez-la d’abord dans « Machines ».
problem-in-session = Une séance est ouverte dans cette salle : ajoutez ou retirez des postes après sa fin.
problem-room-in-use = Cette salle a des machines, ou des séances y ont eu lieu : elle reste.
problem-last-admin = C’est la seule personne qui administre l’établissement : nommez-en une autre d’abord.
problem-elsewhere = Cette personne travaille aussi dans un autre établissement : son nom et son mot de passe ne se changent pas d’ici.
problem-roster-changed = Les élèves ou le fichier ont changé depuis l’aperçu : regardez-le à nouveau.

# Ce qui ne va pas dans un champ
field-empty = Ce champ est à remplir.
field-long = { $max } caractères au plus.
field-short = { $min } caractères au moins.
field-control = Un caractère n’est pas lisible : retapez ce champ.
field-uai-shape = Un code UAI a sept chiffres et une lettre, comme 0310001H.
field-uai-letter = Une faute de frappe ? Avec ces chiffres, la lettre du code est { $letter }.
field-zone = Ce fuseau horaire n’existe pas.
field-taken = Ce nom est déjà pris.
field-elsewhere = Quelqu’un d’un autre établissement se connecte par cet identifiant. Si c’est la même personne, dites-le ci-dessous.
field-no-letter = Il faut au moins une lettre ou un chiffre.
field-no-role = Choisissez au moins un rôle.
field-weak = Ce mot de passe se devine facilement : préférez une phrase.
field-code = { $left ->
    [one] Ce n’est pas ce code. Il reste un essai.
   *[other] Ce n’est pas ce code. Il reste { $left } essais.
}
field-code-over = Ce code ne compte plus : redémarrez « vigie serve », qui en affiche un autre.
field-no-seat = Placez au moins un poste.
field-seats = { $max } postes au plus.
field-seat-twice = Le poste { $seat } est là deux fois.
field-seat-over = Le poste { $seat } est posé sur un autre.
field-seat-outside = Le poste { $seat } est hors du plan.

# Le fichier des élèves
roster-field-family = Nom
roster-field-given = Prénom
roster-field-class = Classe
roster-field-account = Identifiant
roster-field-whole = Nom et prénom
roster-too-large = Ce fichier dépasse { $max } Mo : ce n’est pas une liste d’élèves.
roster-too-many-rows = Plus de { $max } lignes : ce n’est pas la liste d’un établissement.
roster-too-many-columns = Plus de { $max } colonnes.
roster-not-text = Ce n’est pas un fichier CSV. Dans le tableur, choisissez « Enregistrer sous », puis CSV.
roster-empty = Ce fichier ne contient aucun élève.
roster-no-column = Aucune colonne « { $field } » : la première ligne doit nommer les colonnes.
roster-missing = « { $field } » est vide.
roster-long = Plus de { $max } caractères.
roster-control = Un caractère n’est pas lisible.
roster-unreadable = Cette ligne ne se lit pas : un guillemet n’est pas fermé ?
roster-account-twice = Le même identifiant est à la ligne { $line }.
roster-same-names = Mêmes nom, prénom et classe qu’à la ligne { $line } : sans identifiant, rien ne distingue ces élèves.

# Le journal des accès
audit-set-up-school = a mis en place l’établissement
audit-set-up-room = a dessiné une salle
audit-remove-room = a retiré une salle
audit-adopt-charter = a adopté une charte
audit-apply-roster = a appliqué une liste d’élèves
