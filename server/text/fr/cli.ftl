# Ce que la ligne de commande dit à qui administre.

cli-pupils = { $count ->
    [one] { $count } élève enregistré.
   *[other] { $count } élèves enregistrés.
}
cli-erased = Effacés : { $days } jours d’événements, { $alerts } jours d’alertes, { $months } mois de journal des accès.
cli-rehearsed = { $sessions ->
    [0] Aucune séance dans le journal à ces dates.
    [one] { $sessions } séance rejouée.
   *[other] { $sessions } séances rejouées.
}
cli-rehearsal-head = règle | avant | après | classés faux | dont encore donnés
cli-password-once = Mot de passe à usage unique, montré une seule fois, valable trois jours : { $password }
cli-logins-ended = { $count ->
    [one] { $count } connexion terminée.
   *[other] { $count } connexions terminées.
}
cli-audit-holds = Le journal est intact : { $lines } lignes. Empreinte de la dernière : { $end }. Notez-la ailleurs : `vigie audit verify --noted` la retrouvera.
cli-audit-broken = Le journal a été modifié : { $faults } défauts sur { $lines } lignes.
cli-audit-changed = { $month }, ligne { $line } : modifiée.
cli-audit-replaced = { $month }, ligne { $line } : remplacée ; la suite en suppose une autre.
cli-audit-moved = { $month }, ligne { $line } : déplacée, elle était la ligne { $other }.
cli-audit-missing = { $month }, lignes { $line } à { $other } : retirées.
cli-audit-truncated = { $month }, lignes { $line } à { $other } : la fin du mois est coupée.
cli-audit-month-missing = { $month } : le mois entier manque.
cli-audit-cut = { $month } : le mois ne commence pas où le précédent finit.
cli-audit-unwitnessed = { $month } : les tables principales ne connaissent pas ce mois.
cli-audit-noted-missing = L’empreinte notée n’est celle d’aucune ligne : le journal a été récrit.
cli-pupils-erased = { $count ->
    [one] { $count } élève effacé.
   *[other] { $count } élèves effacés.
}
cli-backup = { $files } fichiers copiés. À détruire au plus tard le { $until }. Sauvegardes échues effacées : { $gone }.
cli-restored = { $files } fichiers remis, de la sauvegarde du { $taken } ; les empreintes concordent. Chacun se reconnecte.
