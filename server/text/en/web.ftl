# Owns: the fixed words of the tablet's pages (server/web). No message here takes an argument: the page gets them all at once.
# Never: words that depend on a room or a person; those come in cards.

web-lang = en
web-title = Vigie
web-language = Language
web-creed = The room, live: who needs help, since when, and why an alert was raised.
web-close = Close
web-cancel = Cancel
web-send = Send
web-sent = Sent
web-until = until

# Signing in
web-sign-in = Sign in
web-sign-out = Sign out
web-name = Login name
web-password = Password
web-show = Show
web-both-needed = Type your login name and your password.
web-wrong-password = Unknown login name or password.
web-expired = Your login has expired
web-expired-more = Sign in again: what you had typed is kept, and what you had asked for will be done.

# My logins
web-logins = My logins
web-logins-more = You are signed in on these devices. If you do not recognise one, sign it out and change your password.
web-logins-unknown = Unknown browser
web-logins-since = since
web-logins-seen = seen at
web-logins-current = this device
web-logins-end = Sign out
web-logins-end-others = Sign all others out
web-logins-ended = Done.
web-password-change = Change my password
web-password-current = Current password
web-password-new = New password
web-password-rule = At least twelve characters of any kind; a phrase does very well. Your other devices will be signed out.
web-password-show = Show what I write
web-password-needed = Fill this in.
web-password-changed = Password changed.
web-password-wrong = The current password is not right.
web-password-first = Your password
web-password-first-more = The one you were given opened once only. Now choose your own.

# When the server says no, or nothing
web-away = The server does not answer. Try again in a moment.
web-failed = That did not go through. Try again.
web-not-yours = This page does not exist, or not for you.
web-too-fast = Too many requests at once. Try again in a moment.
web-connecting = Connecting to the room…
web-old-since = Link lost. Picture from
web-retrying = Trying again.

# Rooms
web-rooms = Rooms
web-all-rooms = All rooms
web-no-rooms = No room has been given to you yet. Ask your school’s administrator.
web-no-session = No session
web-no-session-more = Outside a session Vigie observes nothing. It begins when you open one.
web-calm = Nothing to deal with
web-prepare = Open a session
web-start = Start the session
web-task = Task
web-task-default = Independent work
web-task-needed = Type the task: pupils will read it.
web-minutes = Length
web-chat = Chat between pupils
web-present-one = present
web-present-other = present
web-seats-one = seat
web-seats-other = seats

# The session bar
web-everybody = For the whole room
web-to-all = to the whole room
web-time-left = Time left
web-over = over
web-more = More actions
web-message = Message
web-message-all = Message to the whole room
web-message-words = Your message
web-words-needed = Type your message.
web-message-to = Message to
web-look-here = Look here
web-extend = Extend
web-extend-by = Extend the session by
web-chat-open = Open the chat
web-chat-close = Close the chat
web-end = End the session
web-end-sure = End the session?
web-end-more = Observation stops at once on every seat. Alerts can still be read.

# Locking
web-lock = Lock
web-lock-for = For
web-lock-words = What the pupil will read
web-lock-default = Look here, please.
web-release = Release

# The plan and the queue
web-plan = Plan of the room
web-seat = seat
web-queue = To deal with
web-waiting = Waiting
web-queue-empty = Nothing to deal with: the room is at work.
web-queue-empty-more = Raised hands and alerts arrive here.
web-new-one = new
web-new-other = new
web-just-now = just now
web-take = On my way
web-helped = Solved
web-answer = Answer
web-remind = Remind
web-seen = Seen
web-dismiss = False positive
web-dismiss-sure = Was this alert a mistake?
web-dismiss-yes = Yes, false positive
web-settled = Dealt with
web-read = Read
web-cover = Cover
web-distress-covered = A pupil seems unwell. Read this out of others’ sight.
web-said-help = Hand raised:
web-said-alert = Alert:
web-said-look = To look at:
web-said-distress = Something discreet awaits you in the queue

# Ready phrases
web-phrases = Ready messages
web-phrase-task = Back to your task, please.
web-phrase-talk = Less chatting, please.
web-phrase-coming = I’m coming.
web-phrase-look = Look at the task on the board.
web-phrase-neighbour = Ask your neighbour first.
web-phrase-bravo = Well done, keep going.
web-phrase-quiet = A little quieter, please.
web-phrase-five = Five minutes left.
web-phrase-save = Save your work.

# The seat sheet
web-sheet-open = To deal with here
web-sheet-commands = Commands
web-sheet-timeline = Since the session began
web-sheet-empty = Nothing to report so far.
web-agrees = Agrees:
web-differs = Differs:
web-unreachable = This seat cannot receive anything for now.
web-person = Confirm the person
web-person-who = Who is at this seat?
web-person-choose = Choose a pupil
web-person-more = What happened before stays without a name.
web-person-needed = Choose a pupil from the list.
web-person-yes = Confirm

# Preparing a session
web-class = Class
web-kind = Kind
web-kind-none = Not said
web-kind-lesson = Lesson
web-kind-study = Study hour
web-kind-library = Library
web-kind-exam = Test: only the listed sites
web-kind-club = Free time
web-more-fields = Adults, sites, end time, templates, later
web-until-time = Or until (end time)
web-sites = Sites open for this work
web-sites-more = One a line. They pass whatever the charter says; in a test no other does.
web-adults = Adults of the session
web-template = Start from a template
web-template-none = No template
web-template-name = Keep as a template, named
web-template-name-needed = Give the template a name.
web-template-save = Keep
web-template-kept = Template kept.
web-later = Later, by itself
web-starts = Start
web-starts-needed = Choose the day and the time.
web-weeks = Weeks in a row
web-plan-session = Plan
web-planned = Session planned: it will open and end by itself.
web-plans = Planned sessions
web-plan-cancel = Cancel this one
web-plan-cancel-all = Cancel every week
web-charter = Charter
web-no-charter = No charter is adopted.
web-bad-task = The task is too long: at most 200 characters, on one line.
web-bad-minutes = A session lasts from one minute to four hours.
web-bad-class = The name of the class is too long.
web-bad-sites = One of these sites is no address.
web-bad-site = Write the address of a site.
web-bad-url = This is not the address of a page.
web-bad-adults = One of these adults may not supervise here.
web-bad-staff = This adult may not supervise here.
web-bad-name = This name is empty or too long.
web-bad-starts = That time is past, taken, or more than a year away.
web-bad-weeks = From 1 to 40 weeks.
web-bad-texts = At most twelve phrases of 120 characters.

# Several adults, sites, seats
web-me = you
web-owner = in charge
web-join = Let in
web-joined = is in the session
web-hand-over = Hand over
web-handed-over = is in charge of the session
web-sites-of-session = Sites of the session
web-sites-open = These sites pass whatever the charter says.
web-sites-only = Only these sites pass.
web-site-address = Open a site for this session
web-site-open = Open
web-site-close = Close again
web-site-grant = Open for the session
web-site-refuse = Do not open
web-select-seats = Choose seats
web-choose-seats = Tap the seats to choose.
web-choose-all = All
web-choose-stop = Done
web-chosen = Chosen seats
web-seats-short = seats
web-limit = Limit to sites
web-limit-for = For
web-limit-sites = Only these sites will pass
web-limit-more = One a line. Those of the session pass too. The limit ends by itself.
web-limit-needed = Write at least one site.
web-page-open = Open a page
web-page-address = Address of the page
web-page-needed = Write the address of the page.
web-close-app = Close the application
web-close-app-more = The window in front will be asked to close. The pupil is asked about unsaved work.
web-cannot = not possible at this seat
web-orders-open = Commands under way
web-orders-over = Latest commands
web-still = still
web-ends-soon = The session ends in

# The queue, further
web-wait-for-me = Wait for me
web-leave = Give back
web-end-otherwise = Close…
web-end-why = Why close it?
web-end-neighbour = Seen with a neighbour
web-end-later = Later
web-end-mistaken = Raised by mistake
web-go-see = I am going
web-raise = Incident
web-raise-sure = Open an incident with this alert?
web-raise-yes = Yes, open an incident
web-walk = Seat by seat
web-undo = Undo
web-dismissed = Marked as a false alert
web-acknowledged = Seen
web-left = Left to deal with
web-guest = Or a guest, by name
web-said-site = Site asked for:
web-phrases-change = Change the phrases
web-phrases-edit = Ready answers of the school
web-phrases-more = One a line. Leave empty to get ours back.
web-phrases-save = Keep the phrases
web-class-nowhere = Nobody of this class is in a session now.
