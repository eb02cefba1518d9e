# What the command line says to whoever administers.

cli-password = Password, shown once: { $password }
cli-pupils = { $count ->
    [one] { $count } pupil written.
   *[other] { $count } pupils written.
}
cli-erased = Erased: { $days } days of events, { $alerts } days of alerts, { $months } months of audit log.
cli-rehearsed = { $sessions ->
    [0] No session in the journal on these days.
    [one] { $sessions } session rehearsed.
   *[other] { $sessions } sessions rehearsed.
}
cli-rehearsal-head = rule | before | after | dismissed as false | of those given again
