# Ce que l'agent dit : le panneau de l'élève, et les mots des accusés que lisent les adultes.

sensor-not-here = indisponible sur ce poste
refused-unknown-action = cette version de l’agent ne connaît pas cette consigne
refused-lock-busy = le verrou de ce poste ne répond pas

ask-no-session = Aucune séance n’est en cours sur ce poste.
ask-not-kept = Ce poste n’a pas pu enregistrer ta demande : préviens un adulte.
ask-stopping = L’agent s’arrête.
ask-empty = Le message est vide.
ask-too-long = Le texte est trop long.
ask-too-fast = Trop de demandes à la suite : attends un peu.
ask-hand-raised = Ta main est déjà levée.
ask-no-hand = Aucune demande d’aide n’est en cours.
ask-chat-closed = Cette discussion est fermée.
ask-no-alert = Cette alerte ne peut pas être contestée.
ask-accepted = Tu as déjà accepté cette version.

panel-title = Mon poste
panel-noscript = Ce panneau a besoin de JavaScript.
panel-agent-gone = L’agent de ce poste ne répond plus
panel-state-on = Supervision en marche
panel-state-off = Supervision arrêtée : rien n’est collecté
panel-link-up = Lien établi
panel-link-dialling = Connexion au serveur…
panel-link-lost = Lien perdu depuis { $time }
panel-link-refused = Poste refusé par le serveur
panel-trouble-lost = { $count ->
    [one] Le disque de ce poste est plein : une action n’a pas pu être gardée. Préviens un adulte.
   *[other] Le disque de ce poste est plein : { $count } actions n’ont pas pu être gardées. Préviens un adulte.
  }
panel-off-title = Aucune séance
panel-off-words = Vigie ne regarde rien et n’enregistre rien sur ce poste.
panel-why-none = Le panneau se remplira quand un adulte ouvrira une séance.
panel-why-ended = La séance est terminée.
panel-why-waiting = Ce poste attend qu’un adulte le place dans une salle.
panel-code = Code à donner à l’adulte qui installe la salle :
panel-why-revoked = Ce poste n’est plus inscrit : préviens un adulte.
panel-why-lapsed = Sans nouvelles du serveur, la supervision s’est arrêtée d’elle-même.
panel-left = restantes
panel-minutes = min
panel-soon = 1 min
panel-over = La séance se termine
panel-messages = Messages des adultes
panel-from-adult = Un adulte
panel-locked-until = Écran verrouillé jusqu’à { $time }
panel-task = Ce que j’ai à faire
panel-help = Besoin d’aide ?
panel-help-label = Dis en quelques mots ce qui te bloque (facultatif)
panel-help-ask = Demander de l’aide
panel-help-withdraw = Je n’ai plus besoin d’aide
panel-help-kept = Ta demande est gardée sur ce poste. Elle partira dès que le lien reviendra.
panel-help-sent = Ta demande part…
panel-chat = Discussion de la séance
panel-chat-closed = La discussion est fermée pour l’instant. Un adulte peut l’ouvrir.
panel-chat-channel = À qui
panel-chat-label = Mon message
panel-chat-send = Envoyer
panel-channel-room = Toute la salle
panel-channel-adults = Les adultes
panel-seen = Ce que Vigie voit
panel-blocks = Sites bloqués
panel-blocks-none = Aucun site n’a été bloqué.
panel-alerts = Mes alertes
panel-alerts-none = Aucune alerte.
panel-contest = Contester
panel-contest-label = Explique pourquoi (facultatif)
panel-contest-send = Envoyer ma contestation
panel-rules = Les règles
panel-accept = J’ai lu la charte et je l’accepte
panel-accepted = Tu as accepté cette version de la charte.
panel-article = Art. { $number }
panel-said = Envoyé.
panel-kept = Gardé sur ce poste : ce sera envoyé dès que le lien reviendra.
panel-refused-page = Cette demande ne vient pas de la page du panneau.
panel-refused-account = Ce panneau est celui d’un autre compte de cette machine.
panel-ticket-void = Cette adresse a déjà servi, ou elle est trop ancienne.
panel-no-pass = Ce navigateur n’a pas été ouvert sur le panneau.
panel-shut-title = Ouvre ton panneau par son icône
panel-shut-words = Clique sur l’icône « Mon poste » du bureau ou du menu : elle ouvre ton panneau ici. Aucun autre compte ne peut l’ouvrir.
panel-other-tag = en
panel-other-name = English
panel-lang-waits = Le panneau changera de langue dès que le lien reviendra.
panel-malformed = La demande n’a pas été comprise.
panel-full = Trop de pages du panneau sont ouvertes : ferme les autres onglets.
panel-sensor-connections = Les sites auxquels ce poste se connecte : leur nom, jamais ce que tu y écris.
panel-sensor-urls = L’adresse des pages non chiffrées.
panel-sensor-front = Le nom de l’application au premier plan.
panel-sensor-titles = Le titre de la fenêtre au premier plan.
panel-sensor-presence = S’il y a quelqu’un au poste, ou personne.
panel-sensor-chat = Les messages que tu envoies dans la discussion de la séance.

refused-errand-busy = ce poste n’a pas pu prendre la consigne
ask-no-site = Ce n’est pas l’adresse d’un site.
ask-site-asked = Ce site est déjà demandé, ou déjà ouvert.
panel-shut = L’adulte n’a ouvert que quelques sites pour le moment.
panel-sites = Sites ouverts
panel-sites-open = Ces sites sont ouverts pour le travail demandé.
panel-sites-only = Seuls ces sites sont ouverts pour le moment.
panel-sites-none = Aucun site n’est ouvert pour le moment.
panel-site-ask = Demander qu’il soit ouvert
panel-site-label = Pourquoi en as-tu besoin ? (facultatif)
panel-site-send = Envoyer ma demande
panel-looks = Qui a regardé mon poste
panel-looks-none = Aucun adulte n’a ouvert ma fiche.
panel-summary = La séance est terminée
panel-summary-task = Travail demandé : { $task }
panel-summary-blocks = { $count ->
    [0] Aucun site bloqué.
    [one] { $count } site bloqué.
   *[other] { $count } sites bloqués.
  }
panel-summary-alerts = { $count ->
    [0] Aucune alerte à ton nom.
    [one] { $count } alerte à ton nom.
   *[other] { $count } alertes à ton nom.
  }
panel-summary-looks = { $count ->
    [0] Aucun adulte n’a ouvert ta fiche.
    [one] Un adulte a ouvert ta fiche une fois.
   *[other] Des adultes ont ouvert ta fiche { $count } fois.
  }
