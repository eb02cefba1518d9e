# What a pupil reads from the desktop's own parts: pages of the proxy, and the lock.

proxy-overline = Vigie · séance en cours
blocked-title = Ce site est bloqué pendant la séance
blocked-article = Article de la charte
blocked-article-cited = Art. { $number } · { $title }
blocked-why = Ce qui a été reconnu
blocked-seen = Cet essai est noté dans la séance : il apparaît dans ton panneau, et l’adulte peut le voir.
blocked-next = Tu penses que ce site est utile à ton travail ? Ouvre ton panneau pour demander de l’aide ou contester.
blocked-panel = Ouvrir mon panneau
blocked-short = Bloqué par la charte : { $host } (art. { $number }). { $words }

failed-title = Ce site ne répond pas
failed-words = La page n’a pas pu être chargée : le site est introuvable ou en panne, ou le réseau est coupé.
late-title = Ce site met trop longtemps à répondre
late-words = La page n’a pas pu être chargée à temps. Réessaie dans un moment.
own-title = Adresse réservée
own-words = Cette adresse est celle de Vigie sur cette machine : elle ne passe pas par le filtre.
bad-title = Demande incomprise
bad-words = Le filtre local n’a pas compris cette demande.
full-words = Le filtre local a trop de connexions ouvertes. Ferme quelques onglets et réessaie.
