# La salle en direct, la fiche d’un poste, et le panneau de l’élève.

article = Art. { $number }
place-seat = poste { $seat }
quotes = « … »
times = { $count ->
    [one] { $count } fois
   *[other] { $count } fois
}

state-work = au travail
state-look = à voir
state-alert = alerte
state-hand = main levée
state-lock = écran verrouillé
state-ask = personne à confirmer
state-no-session = pas de séance
state-not-enrolled = jamais reliée
state-off = éteint
state-stopped = agent arrêté
state-link = lien perdu

who-unknown = Inconnu
who-free = Libre
who-no-machine = Sans machine

front-since = depuis { $time }
note-missing = Non vu ici : { $sensors }
note-missing-on = Non vu ici ({ $desktop }) : { $sensors }

sensor-connections = les sites demandés
sensor-urls = l’adresse complète des pages
sensor-front = l’application au premier plan
sensor-titles = le titre de la fenêtre au premier plan
sensor-presence = si quelqu’un est au poste
sensor-chat = les messages envoyés dans la discussion de la séance
sensor-unknown = un capteur plus récent que ce serveur

app-chromium = Chromium
app-chromium-browser = Chromium
app-google-chrome = Chrome
app-firefox = Firefox
app-firefox-esr = Firefox
app-libreoffice-writer = Writer
app-libreoffice-calc = Calc
app-libreoffice-impress = Impress
app-libreoffice-draw = Draw
app-soffice = LibreOffice
app-org-gnome-nautilus = Fichiers
app-nautilus = Fichiers
app-thunar = Fichiers
app-pcmanfm = Fichiers
app-nemo = Fichiers
app-files = Fichiers
app-xterm = Terminal
app-org-gnome-terminal = Terminal
app-evince = Lecteur de PDF
app-geogebra = GeoGebra
app-scratch = Scratch
app-chat = Discussion de la séance
app-printer = Impression

bar-no-session = Pas de séance
bar-present = { $count ->
    [0] personne
    [one] { $count } présent
   *[other] { $count } présents
}
pill-distress = { $count ->
    [one] { $count } message discret
   *[other] { $count } messages discrets
}
pill-hand = { $count ->
    [one] { $count } main
   *[other] { $count } mains
}
pill-alert = { $count ->
    [one] { $count } alerte
   *[other] { $count } alertes
}
pill-look = { $count } à voir

help-wordless = Demande de l’aide
taken-mine = pris par vous
taken-by = pris par { $who }
contested = Contesté par l’élève
contested-saying = Contesté par l’élève : { $words }
distress-announced = Un élève a peut-être besoin d’un adulte. Allez le voir, discrètement.
alert-blocked = { $title }, bloqué :
alert-said = { $title } :

fact-key = Machine prouvée par sa clé
fact-key-never = Aucune machine n’a été reliée à ce poste
fact-key-waiting = La machine n’a pas encore donné signe pendant cette séance
fact-key-gone = La machine n’est plus reliée
fact-seat = Poste { $seat } de la séance, { $room }
fact-login = Compte ouvert connu de l’établissement
fact-login-confirmed = Personne confirmée par un adulte
fact-login-unknown = Compte ouvert inconnu de l’établissement
fact-login-nobody = Aucun compte ouvert
fact-missing = Non vu ici : { $sensor } ({ $reason })

line-site = { $count ->
    [one] { $host }
   *[other] { $host } · { $count } fois
}
line-blocked = { $count ->
    [one] Bloqué : { $host }
   *[other] Bloqué : { $host } · { $count } fois
}
line-unsent = Message refusé : la discussion est fermée
line-disagreed = L’agent a bloqué selon une autre version de la charte : { $rule }
line-accepted = Charte acceptée
line-present = De retour au poste
line-absent = Personne au poste
line-link-up = Lien établi
line-off = Machine éteinte
line-stopped = Agent arrêté
line-lost = Lien perdu
line-seated = Compte ouvert : { $who }
line-seated-unknown = Compte inconnu ouvert
line-seated-nobody = Compte fermé
line-confirmed = Confirmé par un adulte : { $who }
line-missing = { $count ->
    [one] { $count } événement manque
   *[other] { $count } événements manquent
}
line-older = { $count ->
    [one] { $count } ligne plus ancienne
   *[other] { $count } lignes plus anciennes
}
line-command = Consigne : { $state }

help-ended = Demande d’aide terminée
help-ended-helped = Aidé
help-ended-answered = Réponse envoyée
help-ended-withdrawn = Main baissée
help-ended-left = Parti avec la main levée

command-message = Message : { $words }
command-lock = Verrouiller jusqu’à { $time }
command-release = Lever une consigne
command-unknown = Consigne d’une version plus récente

receipt-pending = en attente
receipt-done = fait
receipt-refused = refusé : { $reason }
receipt-expired = trop tard
receipt-ended = terminé

alert-state-open = pas encore lue
alert-state-acknowledged = vue par un adulte
alert-state-dismissed = classée : fausse alerte
alert-state-contested = contestée
alert-state-raised = transmise

panel-on = La supervision est en marche pour cette séance.
panel-off = Pas de séance : rien n’est collecté.
panel-seen = Ce qui est vu : { $sensors }.
panel-never = Jamais vu : ce que tu tapes, ton écran sans te prévenir, tes autres messageries.
panel-adults = { $room } · { $adults }
panel-hand = Main levée à { $time }
panel-hand-taken = { $who } arrive
panel-locked = Écran verrouillé jusqu’à { $time }
panel-blocked = Ce site est bloqué pendant la séance.
panel-erased = Effacés : ce qui a été vu après { $events } jours, les alertes après { $alerts } jours.

audit-look-room = a regardé la salle en direct
audit-look-sheet = a ouvert la fiche d’un poste
audit-look-pupils = a consulté la liste des élèves
audit-open = a ouvert une séance
audit-extend = a prolongé une séance
audit-close = a terminé une séance
audit-command = a envoyé une consigne
audit-take-help = a pris une demande d’aide
audit-end-help = a terminé une demande d’aide
audit-acknowledge = a pris connaissance d’une alerte
audit-dismiss = a classé une alerte comme fausse
audit-confirm = a confirmé qui est au poste
audit-open-chat = a ouvert une discussion
audit-close-chat = a fermé une discussion
audit-join = a fait entrer un adulte dans une séance
audit-hand-over = a passé une séance à un autre adulte
audit-tell-help = a demandé à un élève de patienter
audit-leave-help = a rendu une demande d’aide
audit-take-alert = est allé voir une alerte
audit-raise = a ouvert un incident
audit-reopen = a rouvert une alerte
audit-open-site = a ouvert un site pour une séance
audit-close-site = a refermé un site
audit-plan = a planifié une séance
audit-cancel-plan = a annulé une séance planifiée
audit-template = a modifié les modèles de séance
audit-name-guest = a nommé un invité à un poste
audit-phrases = a modifié les réponses prêtes
audit-look-class = a regardé une classe en direct
audit-read-audit = a lu le journal des accès
audit-make-token = a créé un jeton d’enrôlement
audit-revoke-token = a révoqué un jeton d’enrôlement
audit-seat-machine = a mis une machine à un poste
audit-refuse-machine = a refusé une machine
audit-settle-copy = a classé l’alerte d’une clé copiée
audit-refuse-copy = copie de la clé d’une machine refusée par le serveur
audit-sign-in = s’est connecté
audit-sign-out = s’est déconnecté
audit-end-login = a mis fin à une connexion
audit-change-password = a changé son mot de passe
audit-reset-password = a donné un mot de passe à usage unique
audit-grant = a donné un rôle
audit-ungrant = a retiré un rôle
audit-disable = a fermé un compte
audit-erase-pupil = a effacé un élève

state-focus = sites limités
kind-lesson = cours
kind-study = étude
kind-library = CDI
kind-exam = évaluation
kind-club = temps libre
bar-present-of = { $count } présents sur { $of }
pill-site = { $count ->
    [one] { $count } site demandé
   *[other] { $count } sites demandés
}
site-asked = Demande d’ouvrir { $site }
help-told = Prévenu d’attendre à { $time }
line-site-asked = Demande d’ouvrir { $site }
help-ended-neighbour = Renvoyé vers un voisin
help-ended-later = Remis à plus tard
help-ended-mistaken = Main levée par erreur
help-ended-granted = Site ouvert pour la séance
help-ended-refused = Site non ouvert
command-focus = Seulement { $sites } jusqu’à { $time }
command-open = Ouvrir { $url }
command-close = Fermer l’application au premier plan
panel-hand-told = { $who } t’a vu : attends, ton tour vient
panel-asked-open = un adulte va répondre
panel-asked-granted = ouvert pour cette séance
panel-asked-refused = pas ouvert
