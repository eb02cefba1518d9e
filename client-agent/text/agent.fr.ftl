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
