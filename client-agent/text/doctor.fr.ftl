# Ce que dit `vigie-agent doctor` à la personne qui dépanne le poste.

doctor-works = OK
doctor-mind = À VOIR
doctor-broken = EN PANNE
doctor-all-works = Tout fonctionne.
doctor-some-mind = Tout fonctionne ; un point est à regarder.
doctor-some-broken = Quelque chose ne fonctionne pas : voir les lignes « EN PANNE ».

doctor-agent-runs = L’agent tourne ; aucune séance n’est en cours.
doctor-agent-session = L’agent tourne ; une séance est en cours.
doctor-agent-none = L’agent ne tourne pas (rien ne répond à { $door }) : lancer `vigie-agent run`.
doctor-agent-refuses = L’agent tourne, mais ne répond pas à ce compte : relancer avec le compte de l’agent.
doctor-agent-unread = Ce qui répond à la porte de l’agent n’est pas compris : autre version ?
doctor-account-own = L’agent a son propre compte : l’élève ne peut pas lire ce qu’il garde.
doctor-account-shared = L’agent tourne dans le compte de l’élève, qui peut donc lire sa clé et sa file d’attente : lui donner un compte à lui et nommer celui de l’élève avec --account.
doctor-account-unknown = Le système ne connaît pas le compte « { $name } ».
doctor-folder = Le dossier de l’agent est fermé aux autres comptes.
doctor-folder-none = { $path } n’existe pas : inscrire ce poste avec `vigie-agent enrol`.
doctor-folder-unread = { $path } ne peut pas être lu par ce compte : relancer avec le compte de l’agent, ou root.
doctor-folder-open = { $path } est lisible par d’autres comptes (droits { $mode }) : l’agent le refermera en démarrant.
doctor-folder-foreign = { $path } appartient à un autre compte ou mène ailleurs : l’agent refusera de démarrer.
doctor-settings = Ce poste est inscrit auprès de { $server }.
doctor-settings-none = Ce poste n’est pas inscrit ({ $why }).
doctor-key = La clé du poste est lisible, et de l’agent seul.
doctor-key-none = Ce poste n’a pas de clé : l’inscrire avec `vigie-agent enrol`.
doctor-key-open = La clé { $path } est lisible par d’autres comptes (droits { $mode }) : l’agent la refuse. Inscrire le poste à nouveau.
doctor-key-bad = La clé du poste ne peut pas être lue ou n’en est pas une.
doctor-spool = La file d’attente occupe { $kib } Kio ; il reste { $free } Mio sur le disque.
doctor-spool-none = La file d’attente est vide.
doctor-spool-full = Le disque est presque plein ({ $free } Mio) : sans réseau, l’agent ne gardera rien.
doctor-spool-unread = La file d’attente ne peut pas être lue.
doctor-lists = { $count ->
    [one] La liste de sites est intacte ({ $count } catégorie).
   *[other] La liste de sites est intacte ({ $count } catégories).
  }
doctor-lists-none = Aucune liste de sites n’est encore arrivée : elle vient avec la première séance dont la charte en lit une.
doctor-lists-damaged = La liste { $path } est abîmée : l’effacer, elle sera téléchargée à nouveau.
doctor-charter = La charte gardée est intacte.
doctor-charter-none = Aucune charte n’est encore arrivée : elle vient avec la première séance.
doctor-charter-damaged = La charte { $path } est abîmée : l’effacer, elle sera demandée à nouveau.
doctor-display = L’écran ({ $kind }) répond et peut être verrouillé.
doctor-display-none = L’écran ne peut pas être verrouillé : { $why }.
doctor-sensors = Les capteurs de l’écran peuvent tourner.
doctor-sensor-missing = { $sensor } ne peut pas être vu : { $why }.
doctor-sensor-front = L’application au premier plan
doctor-sensor-titles = Le titre des fenêtres
doctor-sensor-presence = La présence au poste
doctor-sensor-other = Ce capteur
doctor-proxy = Le filtre local
doctor-panel = Le panneau de l’élève
doctor-port = { $name } répond à { $address }.
doctor-port-silent = { $name } ne répond pas à { $address }.
doctor-server = Le serveur répond, et son certificat convient.
doctor-server-away = Le serveur ne peut pas être joint : { $why }.
doctor-link = Le lien avec le serveur est établi : la clé du poste est acceptée.
doctor-link-none = Le lien avec le serveur n’est pas établi.
doctor-link-refused = Le serveur refuse ce poste : { $why }.
doctor-clock = L’horloge est juste, à { $seconds } s de celle du serveur.
doctor-clock-off = L’horloge est à { $seconds } s de celle du serveur : la mettre à l’heure.
doctor-clock-unknown = L’écart de l’horloge n’est connu qu’une fois le lien établi.
