complete --keep-order --exclusive --command metactl --arguments "(COMPLETE=fish metactl -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
