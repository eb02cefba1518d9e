# What a pupil reads from the desktop's own parts: pages of the proxy, and the lock.

proxy-over-session = Vigie · séance en cours
proxy-over = Vigie · filtre local de cette machine
blocked-title = Ce site est bloqué pendant la séance
blocked-article = Article de la charte
blocked-article-cited = Art. { $number } · { $title }
blocked-why = Ce qui a été reconnu
blocked-seen = Cet essai est noté dans la séance : il apparaît dans ton panneau, et l’adulte peut le voir.
blocked-next = Tu penses que ce site est utile à ton travail ? Ouvre ton panneau : tu peux y demander qu’il soit ouvert.
blocked-panel = Ouvrir mon panneau
blocked-short = Bloqué par la charte : { $host } (art. { $number }). { $words }

failed-title = Ce site ne répond pas
failed-words = La page n’a pas pu être chargée : le site est introuvable ou en panne, ou le réseau est coupé.
late-title = Ce site met trop longtemps à répondre
late-words = La page n’a pas pu être chargée à temps. Réessaie dans un moment.
own-title = Adresse réservée
own-words = Cette adresse est celle de Vigie sur cette machine : elle ne passe pas par le filtre.
proxy-refused-account = Ce filtre local sert un autre compte de cette machine.
local-title = Adresse du réseau local
local-words = Ce nom mène à cette machine ou au réseau de l’établissement : le filtre n’y va que si l’établissement l’a permis.
bad-title = Demande incomprise
bad-words = Le filtre local n’a pas compris cette demande.
full-words = Le filtre local a trop de connexions ouvertes. Ferme quelques onglets et réessaie.

# Why something cannot run here: read by the adult on the tile.
desktop-wayland = bureau Wayland, pas encore pris en charge
desktop-none = aucun bureau graphique
x11-unreachable = le bureau (X11) ne répond pas
x11-lost = le bureau (X11) s’est arrêté
front-no-wm = le gestionnaire de fenêtres ne dit pas quelle fenêtre est devant
presence-no-extension = le bureau ne dit pas si quelqu’un est au poste

# The lock.
lock-title = Écran verrouillé
lock-minutes = { $minutes ->
    [one] Encore { $minutes } minute au plus
   *[other] Encore { $minutes } minutes au plus
 }
lock-seconds = { $seconds ->
    [one] Encore { $seconds } seconde
   *[other] Encore { $seconds } secondes
 }
lock-who = Verrouillé par l’adulte de la séance. Rien de ce que tu tapes n’est lu ni gardé.
lock-held = une autre application tient le clavier ou la souris (un menu ouvert ?)
lock-no-window = la fenêtre de verrouillage ne s’est pas affichée

shut-title = Ce site est fermé pour le moment
shut-words = L’adulte de la séance n’a ouvert que quelques sites.
shut-sites = Sites ouverts
open-no-browser = aucun navigateur ne s’ouvre sur ce poste
close-nothing = aucune fenêtre n’est devant
