# Setting a school up: what the server and its screens say.

# What the server refuses
problem-fields = Correct what is marked.
problem-seat-has-machine = Seat { $seat } has a machine: take it off first under “Machines”.
problem-in-session = A session is open in this room: add or remove seats once it has ended.
problem-room-in-use = This room has machines, or sessions were held in it: it stays.
problem-last-admin = Nobody else administers the school: name somebody first.
problem-elsewhere = This person works in another school too: their name and password are not changed from here.
problem-roster-changed = The pupils or the file have changed since the preview: look again.

# What is wrong with a field
field-empty = This must be filled in.
field-long = At most { $max } characters.
field-short = At least { $min } characters.
field-control = A character cannot be read: type this again.
field-uai-shape = A UAI code has seven digits and a letter, such as 0310001H.
field-uai-letter = A slip of the keyboard? With these digits the code’s letter is { $letter }.
field-zone = There is no such time zone.
field-taken = This name is taken.
field-elsewhere = Somebody of another school signs in by this name. If it is the same person, say so below.
field-no-letter = At least one letter or digit is needed.
field-no-role = Choose at least one role.
field-weak = This password is easily guessed: take a phrase.
field-code = { $left ->
    [one] This is not the code. One try is left.
   *[other] This is not the code. { $left } tries are left.
}
field-code-over = This code counts no more: start “vigie serve” again, it prints another.
field-no-seat = Place at least one seat.
field-seats = At most { $max } seats.
field-seat-twice = Seat { $seat } is there twice.
field-seat-over = Seat { $seat } lies on another one.
field-seat-outside = Seat { $seat } lies outside of the plan.

# The file of pupils
roster-field-family = Family name
roster-field-given = Given name
roster-field-class = Class
roster-field-account = Account
roster-field-whole = Full name
roster-too-large = This file is larger than { $max } MB: it is no list of pupils.
roster-too-many-rows = More than { $max } lines: this is not the list of one school.
roster-too-many-columns = More than { $max } columns.
roster-not-text = This is no CSV file. In the spreadsheet choose “Save as”, then CSV.
roster-empty = This file holds no pupil.
roster-no-column = No column “{ $field }”: the first line must name the columns.
roster-missing = “{ $field }” is empty.
roster-long = More than { $max } characters.
roster-control = A character cannot be read.
roster-unreadable = This line cannot be read: is a quote left open?
roster-account-twice = The same account is on line { $line }.
roster-same-names = The same names and class as on line { $line }: without an account nothing tells these pupils apart.

# The audit log
audit-set-up-school = set the school up
audit-set-up-room = drew a room
audit-remove-room = took a room away
audit-adopt-charter = adopted a charter
audit-apply-roster = applied a list of pupils
