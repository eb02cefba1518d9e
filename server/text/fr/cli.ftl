# Ce que la ligne de commande dit à qui administre.

cli-password = Mot de passe, montré une seule fois : { $password }
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
