# Owns: the fixed words of the tablet's pages (server/web). No message here takes an argument: the page gets them all at once.
# Never: words that depend on a room or a person; those come in cards.

web-lang = fr
web-title = Vigie
web-language = Langue
web-creed = La salle en direct : qui a besoin d’aide, depuis quand, et pourquoi une alerte.
web-close = Fermer
web-cancel = Annuler
web-send = Envoyer
web-sent = Envoyé
web-until = jusqu’à

# Signing in
web-sign-in = Se connecter
web-sign-out = Se déconnecter
web-name = Identifiant
web-password = Mot de passe
web-show = Afficher
web-both-needed = Écrivez votre identifiant et votre mot de passe.
web-wrong-password = Identifiant ou mot de passe inconnu.
web-expired = Connexion expirée
web-expired-more = Reconnectez-vous : ce que vous aviez écrit est gardé, et ce que vous aviez demandé sera fait.

# My logins
web-logins = Mes connexions
web-logins-more = Vous êtes connecté sur ces appareils. Si vous n’en reconnaissez pas un, déconnectez-le et changez votre mot de passe.
web-logins-unknown = Navigateur inconnu
web-logins-since = depuis
web-logins-seen = vu à
web-logins-current = cet appareil
web-logins-end = Déconnecter
web-logins-end-others = Déconnecter tous les autres
web-logins-ended = C’est fait.
web-password-change = Changer mon mot de passe
web-password-current = Mot de passe actuel
web-password-new = Nouveau mot de passe
web-password-rule = Douze caractères au moins, de toute sorte ; une phrase convient très bien. Vos autres appareils seront déconnectés.
web-password-show = Afficher ce que j’écris
web-password-needed = Remplissez ce champ.
web-password-changed = Mot de passe changé.
web-password-wrong = Le mot de passe actuel n’est pas le bon.
web-password-first = Votre mot de passe
web-password-first-more = Celui qu’on vous a donné n’ouvrait qu’une fois. Choisissez maintenant le vôtre.

# When the server says no, or nothing
web-away = Le serveur ne répond pas. Réessayez dans un instant.
web-failed = La demande n’a pas abouti. Réessayez.
web-not-yours = Cette page n’existe pas, ou pas pour vous.
web-too-fast = Trop de demandes à la fois. Réessayez dans un instant.
web-connecting = Connexion à la salle…
web-old-since = Lien perdu. Image de
web-retrying = Nouvel essai en cours.

# Rooms
web-rooms = Salles
web-all-rooms = Toutes les salles
web-no-rooms = Aucune salle ne vous est confiée. Demandez à l’administrateur de votre établissement.
web-no-session = Aucune séance
web-no-session-more = Hors séance, Vigie n’observe rien. Elle commence quand vous ouvrez une séance.
web-calm = Rien à traiter
web-prepare = Ouvrir une séance
web-start = Démarrer la séance
web-task = Consigne de travail
web-task-default = Travail en autonomie
web-task-needed = Écrivez la consigne : les élèves la verront.
web-minutes = Durée
web-chat = Discussion entre élèves
web-present-one = présent
web-present-other = présents
web-seats-one = poste
web-seats-other = postes

# The session bar
web-everybody = À toute la salle
web-to-all = à toute la salle
web-time-left = Temps restant
web-over = terminé
web-more = Autres actions
web-message = Message
web-message-all = Message à toute la salle
web-message-words = Votre message
web-words-needed = Écrivez votre message.
web-message-to = Message à
web-look-here = Regardez ici
web-extend = Prolonger
web-extend-by = Prolonger la séance de
web-chat-open = Ouvrir la discussion
web-chat-close = Fermer la discussion
web-end = Terminer la séance
web-end-sure = Terminer la séance ?
web-end-more = L’observation s’arrête aussitôt sur tous les postes. Les alertes restent consultables.

# Locking
web-lock = Verrouiller
web-lock-for = Pendant
web-lock-words = Ce que l’élève lira
web-lock-default = Regardez ici, s’il vous plaît.
web-release = Libérer

# The plan and the queue
web-plan = Plan de la salle
web-seat = poste
web-queue = À traiter
web-waiting = En attente
web-queue-empty = Rien à traiter : la salle travaille.
web-queue-empty-more = Les mains levées et les alertes arrivent ici.
web-new-one = nouvelle
web-new-other = nouvelles
web-just-now = à l’instant
web-take = J’y vais
web-helped = C’est réglé
web-answer = Répondre
web-remind = Rappel
web-seen = Vu
web-dismiss = Faux positif
web-dismiss-sure = Cette alerte était-elle une erreur ?
web-dismiss-yes = Oui, faux positif
web-settled = Traité
web-read = Lire
web-cover = Masquer
web-distress-covered = Un élève semble aller mal. Lisez à l’abri des regards.
web-said-help = Main levée :
web-said-alert = Alerte :
web-said-look = À voir :
web-said-distress = Un point discret vous attend dans la file

# Ready phrases
web-phrases = Messages prêts
web-phrase-task = Reviens à ta tâche, s’il te plaît.
web-phrase-talk = Moins de discussion, s’il te plaît.
web-phrase-coming = J’arrive.
web-phrase-look = Regarde la consigne au tableau.
web-phrase-neighbour = Demande d’abord à ton voisin.
web-phrase-bravo = Bien joué, continue.
web-phrase-quiet = Un peu plus de calme, s’il vous plaît.
web-phrase-five = Plus que cinq minutes.
web-phrase-save = Enregistrez votre travail.

# The seat sheet
web-sheet-open = À traiter ici
web-sheet-commands = Consignes
web-sheet-timeline = Depuis le début de la séance
web-sheet-empty = Rien à signaler jusqu’ici.
web-agrees = Concorde :
web-differs = Ne concorde pas :
web-unreachable = Ce poste ne peut recevoir de consigne pour l’instant.
web-person = Confirmer la personne
web-person-who = Qui est à ce poste ?
web-person-choose = Choisir un élève
web-person-more = Ce qui s’est passé avant reste sans nom.
web-person-needed = Choisissez un élève dans la liste.
web-person-yes = Confirmer

# Preparing a session
web-class = Classe
web-kind = Genre
web-kind-none = Non précisé
web-kind-lesson = Cours
web-kind-study = Étude
web-kind-library = CDI
web-kind-exam = Évaluation : seulement les sites cités
web-kind-club = Temps libre
web-more-fields = Adultes, sites, heure de fin, modèles, plus tard
web-until-time = Ou jusqu’à (heure de fin)
web-sites = Sites ouverts pour ce travail
web-sites-more = Un par ligne. Ils passent quoi que dise la charte ; en évaluation, aucun autre ne passe.
web-adults = Adultes de la séance
web-template = Partir d’un modèle
web-template-none = Aucun modèle
web-template-name = Garder comme modèle, sous le nom
web-template-name-needed = Donnez un nom au modèle.
web-template-save = Garder
web-template-kept = Modèle gardé.
web-later = Plus tard, toute seule
web-starts = Début
web-starts-needed = Choisissez le jour et l’heure.
web-weeks = Semaines de suite
web-plan-session = Planifier
web-planned = Séance planifiée : elle s’ouvrira et se fermera d’elle-même.
web-plans = Séances planifiées
web-plan-cancel = Annuler celle-ci
web-plan-cancel-all = Annuler toutes les semaines
web-charter = Charte
web-no-charter = Aucune charte n’est adoptée.
web-bad-task = La consigne est trop longue : 200 caractères au plus, sur une ligne.
web-bad-minutes = La séance dure d’une minute à quatre heures.
web-bad-class = Le nom de la classe est trop long.
web-bad-sites = Un de ces sites n’est pas une adresse.
web-bad-site = Écrivez l’adresse d’un site.
web-bad-url = Ce n’est pas l’adresse d’une page.
web-bad-adults = Un de ces adultes ne peut pas encadrer ici.
web-bad-staff = Cet adulte ne peut pas encadrer ici.
web-bad-name = Ce nom est vide ou trop long.
web-bad-starts = Cette heure est passée, prise, ou dans plus d’un an.
web-bad-weeks = De 1 à 40 semaines.
web-bad-texts = Douze phrases au plus, de 120 caractères.

# Several adults, sites, seats
web-me = vous
web-owner = responsable
web-join = Faire entrer
web-joined = est de la séance
web-hand-over = Passer la séance
web-handed-over = est responsable de la séance
web-sites-of-session = Sites de la séance
web-sites-open = Ces sites passent quoi que dise la charte.
web-sites-only = Seuls ces sites passent.
web-site-address = Ouvrir un site pour cette séance
web-site-open = Ouvrir
web-site-close = Refermer
web-site-grant = Ouvrir pour la séance
web-site-refuse = Ne pas ouvrir
web-select-seats = Choisir des postes
web-choose-seats = Touchez les postes à choisir.
web-choose-all = Tous
web-choose-stop = Fini
web-chosen = Postes choisis
web-seats-short = postes
web-limit = Limiter aux sites
web-limit-for = Pendant
web-limit-sites = Seuls ces sites passeront
web-limit-more = Un par ligne. Ceux de la séance passent aussi. La limite se lève d’elle-même.
web-limit-needed = Écrivez au moins un site.
web-page-open = Ouvrir une page
web-page-address = Adresse de la page
web-page-needed = Écrivez l’adresse de la page.
web-close-app = Fermer l’application
web-close-app-more = La fenêtre au premier plan sera priée de se fermer. Ce qui n’est pas enregistré est demandé à l’élève.
web-cannot = impossible sur ce poste
web-orders-open = Consignes en cours
web-orders-over = Dernières consignes
web-still = encore
web-ends-soon = La séance se termine dans

# The queue, further
web-wait-for-me = Attends-moi
web-leave = Rendre
web-end-otherwise = Clore…
web-end-why = Pourquoi la clore ?
web-end-neighbour = Vu avec un voisin
web-end-later = Plus tard
web-end-mistaken = Levée par erreur
web-go-see = J’y vais
web-raise = Incident
web-raise-sure = Ouvrir un incident avec cette alerte ?
web-raise-yes = Oui, ouvrir un incident
web-walk = Poste par poste
web-undo = Reprendre
web-dismissed = Classée : fausse alerte
web-acknowledged = Vue
web-left = Resté à traiter
web-guest = Ou un invité, par son nom
web-said-site = Site demandé :
web-phrases-change = Changer les phrases
web-phrases-edit = Réponses prêtes de l’établissement
web-phrases-more = Une par ligne. Laissez vide pour retrouver les nôtres.
web-phrases-save = Garder les phrases
web-class-nowhere = Personne de cette classe n’est en séance pour l’instant.
