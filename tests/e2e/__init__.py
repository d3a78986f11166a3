"""The whole engine as people use it: real server, real mail, real pages, the command line as it is typed."""
