# Les machines d’une salle : jetons, attente, clés copiées.

enrolment-cloned-machine = La clé de cette machine est arrivée d’un autre ordinateur : son disque a été copié. La copie est refusée.
enrolment-cloned-link = Deux ordinateurs étaient reliés en même temps avec la même clé : l’un est une copie. Le dernier venu est refusé.
enrolment-cloned-key = La clé de cette machine est arrivée sous un autre identifiant. La copie est refusée.
