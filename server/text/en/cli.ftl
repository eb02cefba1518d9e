# What the command line says to whoever administers.

cli-password = Password, shown once: { $password }
cli-pupils = { $count ->
    [one] { $count } pupil written.
   *[other] { $count } pupils written.
}
cli-erased = Erased: { $days } days of events, { $alerts } days of alerts, { $months } months of audit log.
