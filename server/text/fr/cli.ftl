# Ce que la ligne de commande dit à qui administre.

cli-password = Mot de passe, montré une seule fois : { $password }
cli-pupils = { $count ->
    [one] { $count } élève enregistré.
   *[other] { $count } élèves enregistrés.
}
cli-erased = Effacés : { $days } jours d’événements, { $alerts } jours d’alertes, { $months } mois de journal des accès.
