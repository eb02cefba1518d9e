# The live room, a seat's sheet, and the student panel.

article = Art. { $number }
place-seat = seat { $seat }
quotes = “…”
times = { $count ->
    [one] once
    [2] twice
   *[other] { $count } times
}

state-work = at work
state-look = to look at
state-alert = alert
state-hand = hand raised
state-lock = screen locked
state-ask = person to confirm
state-no-session = no session
state-not-enrolled = never enrolled
state-off = switched off
state-stopped = agent stopped
state-link = link lost

who-unknown = Unknown
who-free = Free
who-no-machine = No computer

front-since = since { $time }
note-missing = Not seen here: { $sensors }
note-missing-on = Not seen here ({ $desktop }): { $sensors }

sensor-connections = the sites asked for
sensor-urls = the whole address of pages
sensor-front = the application in front
sensor-titles = the title of the window in front
sensor-presence = whether somebody is at the seat
sensor-chat = messages sent in the session’s chat
sensor-unknown = a sensor newer than this server

app-chromium = Chromium
app-chromium-browser = Chromium
app-google-chrome = Chrome
app-firefox = Firefox
app-firefox-esr = Firefox
app-libreoffice-writer = Writer
app-libreoffice-calc = Calc
app-libreoffice-impress = Impress
app-libreoffice-draw = Draw
app-soffice = LibreOffice
app-org-gnome-nautilus = Files
app-nautilus = Files
app-thunar = Files
app-pcmanfm = Files
app-nemo = Files
app-files = Files
app-xterm = Terminal
app-org-gnome-terminal = Terminal
app-evince = PDF reader
app-geogebra = GeoGebra
app-scratch = Scratch
app-chat = Session chat
app-printer = Printing

bar-no-session = No session
bar-present = { $count ->
    [0] nobody
   *[other] { $count } present
}
pill-distress = { $count ->
    [one] { $count } discreet message
   *[other] { $count } discreet messages
}
pill-hand = { $count ->
    [one] { $count } hand
   *[other] { $count } hands
}
pill-alert = { $count ->
    [one] { $count } alert
   *[other] { $count } alerts
}
pill-look = { $count } to look at

help-wordless = Asks for help
taken-mine = taken by you
taken-by = taken by { $who }
contested = Contested by the pupil
contested-saying = Contested by the pupil: { $words }
distress-announced = A pupil may need an adult. Go and see them, discreetly.
alert-blocked = { $title }, blocked:
alert-said = { $title }:

fact-key = Computer proved by its key
fact-key-never = No computer was ever enrolled on this seat
fact-key-waiting = The computer has not been heard from in this session
fact-key-gone = The computer is not linked any more
fact-seat = Seat { $seat } of the session, { $room }
fact-login = Account known to the school
fact-login-confirmed = Person confirmed by an adult
fact-login-unknown = Account unknown to the school
fact-login-nobody = Nobody is logged in
fact-missing = Not seen here: { $sensor } ({ $reason })

line-site = { $count ->
    [one] { $host }
   *[other] { $host } · { $count } times
}
line-blocked = { $count ->
    [one] Blocked: { $host }
   *[other] Blocked: { $host } · { $count } times
}
line-unsent = Message refused: the chat is closed
line-disagreed = The agent blocked by another version of the charter: { $rule }
line-accepted = Charter accepted
line-present = Back at the seat
line-absent = Nobody at the seat
line-link-up = Link up
line-off = Computer switched off
line-stopped = Agent stopped
line-lost = Link lost
line-seated = Logged in: { $who }
line-seated-unknown = Unknown account logged in
line-seated-nobody = Logged out
line-confirmed = Confirmed by an adult: { $who }
line-missing = { $count ->
    [one] { $count } event is missing
   *[other] { $count } events are missing
}
line-older = { $count ->
    [one] { $count } older line
   *[other] { $count } older lines
}
line-command = Command: { $state }

help-ended = Help request ended
help-ended-helped = Helped
help-ended-answered = Answer sent
help-ended-withdrawn = Hand lowered
help-ended-left = Left with the hand raised

command-message = Message: { $words }
command-lock = Lock until { $time }
command-release = Release a command
command-unknown = Command of a newer version

receipt-pending = pending
receipt-done = done
receipt-refused = refused: { $reason }
receipt-expired = too late
receipt-ended = ended

alert-state-open = not read yet
alert-state-acknowledged = seen by an adult
alert-state-dismissed = dismissed: false alert
alert-state-contested = contested
alert-state-raised = passed on

panel-on = Supervision is on for this session.
panel-off = No session: nothing is collected.
panel-seen = What is seen: { $sensors }.
panel-never = Never seen: what you type, your screen without telling you, your other messaging.
panel-adults = { $room } · { $adults }
panel-hand = Hand raised at { $time }
panel-hand-taken = { $who } is coming
panel-locked = Screen locked until { $time }
panel-blocked = This site is blocked during the session.
panel-erased = Erased: what was seen after { $events } days, alerts after { $alerts } days.

audit-look-room = looked at the live room
audit-look-sheet = opened a seat’s sheet
audit-look-pupils = read the list of pupils
audit-open = opened a session
audit-extend = extended a session
audit-close = ended a session
audit-command = sent a command
audit-take-help = took a help request
audit-end-help = ended a help request
audit-acknowledge = acknowledged an alert
audit-dismiss = dismissed an alert as false
audit-confirm = confirmed who is at a seat
audit-open-chat = opened a chat
audit-close-chat = closed a chat
audit-join = let an adult into a session
audit-hand-over = handed a session over
audit-tell-help = asked a pupil to wait
audit-leave-help = gave a help request back
audit-take-alert = went to see an alert
audit-raise = opened an incident
audit-reopen = reopened an alert
audit-open-site = opened a site for a session
audit-close-site = closed a site again
audit-plan = planned a session
audit-cancel-plan = cancelled a planned session
audit-template = changed the session templates
audit-name-guest = named a guest at a seat
audit-phrases = changed the ready answers
audit-look-class = looked at a class live
audit-read-audit = read the audit log
audit-make-token = made an enrolment token
audit-revoke-token = revoked an enrolment token
audit-seat-machine = put a machine on a seat
audit-refuse-machine = refused a machine
audit-settle-copy = closed the warning about a copied key
audit-refuse-copy = copy of a machine’s key refused by the server
audit-sign-in = signed in
audit-sign-out = signed out
audit-end-login = ended a login
audit-change-password = changed their password
audit-reset-password = gave a one-time password
audit-grant = gave a role
audit-ungrant = took a role away
audit-disable = closed an account
audit-erase-pupil = erased a pupil

state-focus = limited sites
kind-lesson = lesson
kind-study = study hour
kind-library = library
kind-exam = test
kind-club = free time
bar-present-of = { $count } of { $of } present
pill-site = { $count ->
    [one] { $count } site asked for
   *[other] { $count } sites asked for
}
site-asked = Asks to open { $site }
help-told = Asked to wait at { $time }
line-site-asked = Asks to open { $site }
help-ended-neighbour = Sent to a neighbour
help-ended-later = Put off
help-ended-mistaken = Hand raised by mistake
help-ended-granted = Site opened for the session
help-ended-refused = Site not opened
command-focus = Only { $sites } until { $time }
command-open = Open { $url }
command-close = Close the application in front
panel-hand-told = { $who } has seen you: wait, your turn comes
panel-asked-open = an adult will answer
panel-asked-granted = open for this session
panel-asked-refused = not opened
