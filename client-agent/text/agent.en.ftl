# What the agent says: the student panel, and the words of receipts that adults read.

sensor-not-here = not available on this workstation
refused-unknown-action = this version of the agent does not know this command
refused-lock-busy = the lock of this workstation does not answer

ask-no-session = No session is on at this seat.
ask-not-kept = This computer could not keep your request: tell an adult.
ask-stopping = The agent is stopping.
ask-empty = The message is empty.
ask-too-long = The text is too long.
ask-too-fast = Too many requests in a row: wait a little.
ask-hand-raised = Your hand is already raised.
ask-no-hand = No help request is open.
ask-chat-closed = This chat is closed.
ask-no-alert = This alert cannot be contested.
ask-accepted = You have already accepted this version.
