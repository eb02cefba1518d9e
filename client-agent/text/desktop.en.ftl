# What a pupil reads from the desktop's own parts: pages of the proxy, and the lock.

proxy-overline = Vigie · session in progress
blocked-title = This site is blocked during the session
blocked-article = Article of the charter
blocked-article-cited = Art. { $number } · { $title }
blocked-why = What was recognised
blocked-seen = This attempt is noted in the session: it appears in your panel, and the adult can see it.
blocked-next = Do you need this site for your work? Open your panel to ask for help or to contest.
blocked-panel = Open my panel
blocked-short = Blocked by the charter: { $host } (art. { $number }). { $words }

failed-title = This site does not answer
failed-words = The page could not be loaded: the site cannot be found or is down, or the network is cut.
late-title = This site takes too long to answer
late-words = The page could not be loaded in time. Try again in a moment.
own-title = Reserved address
own-words = This address belongs to Vigie on this machine: it does not go through the filter.
bad-title = Request not understood
bad-words = The local filter did not understand this request.
full-words = The local filter has too many open connections. Close some tabs and try again.
