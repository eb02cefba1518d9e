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
