# What `vigie-agent doctor` says to whoever puts the workstation right.

doctor-works = OK
doctor-mind = MIND
doctor-broken = BROKEN
doctor-all-works = Everything works.
doctor-some-mind = Everything works; something should be looked at.
doctor-some-broken = Something does not work: see the lines “BROKEN”.

doctor-agent-runs = The agent runs; no session is on.
doctor-agent-session = The agent runs; a session is on.
doctor-agent-none = The agent does not run (nothing answers at { $door }): start `vigie-agent run`.
doctor-agent-refuses = The agent runs but does not answer this account: try again in the agent’s account.
doctor-agent-unread = What answers at the agent’s door is not understood: another version?
doctor-account-own = The agent has an account of its own: the pupil cannot read what it keeps.
doctor-account-shared = The agent runs in the pupil’s account, which can therefore read its key and its spool: give it an account of its own and name the pupil’s with --account.
doctor-account-unknown = The system knows no account “{ $name }”.
doctor-folder = The agent’s folder is closed to other accounts.
doctor-folder-none = { $path } does not exist: enrol this workstation with `vigie-agent enrol`.
doctor-folder-unread = { $path } cannot be read by this account: try again in the agent’s account, or as root.
doctor-folder-open = { $path } can be read by other accounts (mode { $mode }): the agent will close it when it starts.
doctor-folder-foreign = { $path } belongs to another account or leads elsewhere: the agent will refuse to start.
doctor-settings = This workstation is enrolled at { $server }.
doctor-settings-none = This workstation is not enrolled ({ $why }).
doctor-key = The workstation’s key can be read, by the agent alone.
doctor-key-none = This workstation has no key: enrol it with `vigie-agent enrol`.
doctor-key-open = The key { $path } can be read by other accounts (mode { $mode }): the agent refuses it. Enrol the workstation again.
doctor-key-bad = The workstation’s key cannot be read, or is none.
doctor-spool = The spool takes { $kib } KiB; { $free } MiB are left on the disk.
doctor-spool-none = The spool is empty.
doctor-spool-full = The disk is almost full ({ $free } MiB): without a network the agent will keep nothing.
doctor-spool-unread = The spool cannot be read.
doctor-lists = { $count ->
    [one] The list of sites is whole ({ $count } category).
   *[other] The list of sites is whole ({ $count } categories).
  }
doctor-lists-none = No list of sites has come yet: it comes with the first session whose charter reads one.
doctor-lists-damaged = The list { $path } is damaged: delete it, it will be downloaded again.
doctor-charter = The charter that is kept is whole.
doctor-charter-none = No charter has come yet: it comes with the first session.
doctor-charter-damaged = The charter { $path } is damaged: delete it, it will be asked for again.
doctor-display = The screen ({ $kind }) answers and can be locked.
doctor-display-none = The screen cannot be locked: { $why }.
doctor-sensors = The sensors of the screen can run.
doctor-sensor-missing = { $sensor } cannot be seen: { $why }.
doctor-sensor-front = The application in front
doctor-sensor-titles = The title of windows
doctor-sensor-presence = Whether somebody is at the seat
doctor-sensor-other = This sensor
doctor-proxy = The local filter
doctor-panel = The student panel
doctor-port = { $name } answers at { $address }.
doctor-port-silent = { $name } does not answer at { $address }.
doctor-server = The server answers, and its certificate is right.
doctor-server-away = The server cannot be reached: { $why }.
doctor-link = The link with the server is up: the workstation’s key is accepted.
doctor-link-none = The link with the server is not up.
doctor-link-refused = The server refuses this workstation: { $why }.
doctor-clock = The clock is right, { $seconds } s from the server’s.
doctor-clock-off = The clock is { $seconds } s from the server’s: set it.
doctor-clock-unknown = How far the clock is off is known only once the link is up.
