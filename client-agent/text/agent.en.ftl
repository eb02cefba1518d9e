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

panel-title = My seat
panel-noscript = This panel needs JavaScript.
panel-agent-gone = The agent of this computer does not answer any more
panel-state-on = Supervision is on
panel-state-off = Supervision is off: nothing is collected
panel-link-up = Link is up
panel-link-dialling = Reaching the server…
panel-link-lost = Link lost since { $time }
panel-link-refused = Computer refused by the server
panel-trouble-lost = { $count ->
    [one] This computer’s disk is full: one action could not be kept. Tell an adult.
   *[other] This computer’s disk is full: { $count } actions could not be kept. Tell an adult.
  }
panel-off-title = No session
panel-off-words = Vigie sees nothing and records nothing on this computer.
panel-why-none = The panel fills when an adult opens a session.
panel-why-ended = The session is over.
panel-why-waiting = This computer waits for an adult to place it in a room.
panel-code = Code for the adult who sets the room up:
panel-why-revoked = This computer is not enrolled any more: tell an adult.
panel-why-lapsed = Without news from the server, supervision has stopped by itself.
panel-left = left
panel-minutes = min
panel-soon = 1 min
panel-over = The session is ending
panel-messages = Messages from adults
panel-from-adult = An adult
panel-locked-until = Screen locked until { $time }
panel-task = What I have to do
panel-help = Need help?
panel-help-label = Say in a few words what stops you (optional)
panel-help-ask = Ask for help
panel-help-withdraw = I do not need help any more
panel-help-kept = Your request is kept on this computer. It leaves as soon as the link is back.
panel-help-sent = Your request is leaving…
panel-chat = Session chat
panel-chat-closed = The chat is closed for now. An adult can open it.
panel-chat-channel = To whom
panel-chat-label = My message
panel-chat-send = Send
panel-channel-room = The whole room
panel-channel-adults = The adults
panel-seen = What Vigie sees
panel-blocks = Blocked sites
panel-blocks-none = No site was blocked.
panel-alerts = My alerts
panel-alerts-none = No alert.
panel-contest = Contest
panel-contest-label = Explain why (optional)
panel-contest-send = Send my contest
panel-rules = The rules
panel-accept = I have read the charter and accept it
panel-accepted = You have accepted this version of the charter.
panel-article = Art. { $number }
panel-said = Sent.
panel-kept = Kept on this computer: it is sent as soon as the link is back.
panel-refused-page = This request does not come from the panel’s page.
panel-refused-account = This panel belongs to another account of this machine.
panel-ticket-void = This address was used already, or it is too old.
panel-no-pass = This browser was not opened on the panel.
panel-shut-title = Open your panel by its icon
panel-shut-words = Click the icon “My seat” on the desktop or in the menu: it opens your panel here. No other account can open it.
panel-other-tag = fr
panel-other-name = Français
panel-lang-waits = The panel changes its language as soon as the link is back.
panel-malformed = The request was not understood.
panel-full = Too many pages of the panel are open: close the other tabs.
panel-sensor-connections = The sites that this computer connects to: their name, never what you write there.
panel-sensor-urls = The address of pages that are not encrypted.
panel-sensor-front = The name of the application in front.
panel-sensor-titles = The title of the window in front.
panel-sensor-presence = Whether somebody is at the seat, or nobody.
panel-sensor-chat = The messages that you send in the session chat.

refused-errand-busy = this workstation could not take the command
ask-no-site = This is not the address of a site.
ask-site-asked = This site is asked for already, or open already.
panel-shut = The adult has opened only some sites for now.
panel-sites = Open sites
panel-sites-open = These sites are open for the work to do.
panel-sites-only = Only these sites are open for now.
panel-sites-none = No site is open for now.
panel-site-ask = Ask to open it
panel-site-label = What do you need it for? (optional)
panel-site-send = Send my request
panel-looks = Who looked at my seat
panel-looks-none = No adult opened my sheet.
panel-summary = The session is over
panel-summary-task = Work to do: { $task }
panel-summary-blocks = { $count ->
    [0] No site blocked.
    [one] { $count } site blocked.
   *[other] { $count } sites blocked.
  }
panel-summary-alerts = { $count ->
    [0] No alert in your name.
    [one] { $count } alert in your name.
   *[other] { $count } alerts in your name.
  }
panel-summary-looks = { $count ->
    [0] No adult opened your sheet.
    [one] An adult opened your sheet once.
   *[other] Adults opened your sheet { $count } times.
  }
