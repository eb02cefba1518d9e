# Ce que le serveur répond quand il ne fait pas ce qui est demandé.

problem-not-signed-in = Connectez-vous.
problem-bad-login = Nom ou mot de passe incorrect.
problem-password-short = Ce mot de passe est trop court : douze caractères au moins. Une phrase se retient mieux.
problem-password-long = Ce mot de passe est trop long.
problem-password-common = Ce mot de passe est trop courant : il serait deviné. Essayez quelques mots qui n’ont rien à voir entre eux.
problem-password-own = Ce mot de passe ressemble trop à votre nom ou à celui de l’établissement.
problem-must-change = Choisissez d’abord votre mot de passe.
problem-slow = La demande n’est pas arrivée à temps.
problem-too-many-tries = { $minutes ->
    [one] Trop d’essais. Réessayez dans une minute.
   *[other] Trop d’essais. Réessayez dans { $minutes } minutes.
}
problem-forbidden = Votre rôle dans cet établissement ne le permet pas.
problem-not-found = Introuvable.
problem-wrong-origin = Cette demande ne vient pas d’une page de Vigie.
problem-malformed = La demande est mal formée.
problem-too-large = La demande est trop longue.
problem-limit = Une valeur est hors limites : { $limit }.
problem-no-charter = L’établissement n’a pas encore adopté de charte : aucune séance ne peut s’ouvrir.
problem-already-open = Une séance est déjà ouverte dans cette salle.
problem-no-session = Aucune séance n’est ouverte dans cette salle.
problem-no-such-seat = Il n’y a pas de poste { $seat } dans cette salle.
problem-seat-taken = Une autre machine est déjà au poste { $seat }.
problem-offline = Le poste { $seat } n’est pas relié.
problem-no-such-item = Cette entrée n’existe plus.
problem-taken = Déjà pris par { $who }.
problem-already-ended = C’est déjà terminé.
problem-unavailable = Le serveur ne peut pas répondre maintenant. Réessayez dans un instant.
problem-internal = Erreur du serveur. Elle est notée dans son journal.
problem-already-dealt = { $who } s’en est déjà occupé.
problem-overrun = La séance suivante de cette salle commence à { $time }.
