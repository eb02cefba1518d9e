# What the command line says to whoever administers.

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
cli-password-once = One-time password, shown once, good for three days: { $password }
cli-logins-ended = { $count ->
    [one] { $count } login ended.
   *[other] { $count } logins ended.
}
cli-audit-holds = The log is whole: { $lines } lines. Digest of the last one: { $end }. Note it elsewhere: `vigie audit verify --noted` will look for it.
cli-audit-broken = The log was tampered with: { $faults } faults in { $lines } lines.
cli-audit-changed = { $month }, line { $line }: changed.
cli-audit-replaced = { $month }, line { $line }: replaced; what follows supposes another.
cli-audit-moved = { $month }, line { $line }: moved, it was line { $other }.
cli-audit-missing = { $month }, lines { $line } to { $other }: removed.
cli-audit-truncated = { $month }, lines { $line } to { $other }: the end of the month is cut off.
cli-audit-month-missing = { $month }: the whole month is missing.
cli-audit-cut = { $month }: the month does not begin where the one before ends.
cli-audit-unwitnessed = { $month }: the main tables do not know this month.
cli-audit-noted-missing = The digest that was noted is that of no line: the log was written anew.
cli-pupils-erased = { $count ->
    [one] { $count } pupil erased.
   *[other] { $count } pupils erased.
}
cli-backup = { $files } files copied. Destroy it by { $until }. Backups past their time erased: { $gone }.
cli-restored = { $files } files put back, from the backup of { $taken }; the digests agree. Everybody signs in anew.
