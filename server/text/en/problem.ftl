# What the server answers when it does not do what is asked.

problem-not-signed-in = Sign in.
problem-bad-login = Wrong name or password.
problem-password-short = This password is too short: twelve characters at least. A phrase is easier to remember.
problem-password-long = This password is too long.
problem-password-common = This password is too common: it would be guessed. Try a few words that have nothing to do with one another.
problem-password-own = This password is too close to your name or your school’s.
problem-must-change = First choose your password.
problem-slow = The request did not come in time.
problem-too-many-tries = { $minutes ->
    [one] Too many tries. Try again in a minute.
   *[other] Too many tries. Try again in { $minutes } minutes.
}
problem-forbidden = Your role in this school does not allow it.
problem-not-found = Not found.
problem-wrong-origin = This request does not come from a page of Vigie.
problem-malformed = The request is malformed.
problem-too-large = The request is too long.
problem-limit = A value is out of its limits: { $limit }.
problem-no-charter = The school has not adopted a charter yet: no session can open.
problem-already-open = A session is open in this room already.
problem-no-session = No session is open in this room.
problem-no-such-seat = There is no seat { $seat } in this room.
problem-seat-taken = Another machine is already on seat { $seat }.
problem-offline = Seat { $seat } is not linked.
problem-no-such-item = This entry is gone.
problem-taken = Already taken by { $who }.
problem-already-ended = It is over already.
problem-unavailable = The server cannot answer now. Try again in a moment.
problem-internal = A fault of the server. It is in its log.
problem-already-dealt = { $who } has already dealt with it.
problem-overrun = The next session in this room starts at { $time }.
