package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestNoticeIsComplete fails if a module was added, removed or changed and NOTICE was not: `make notice` writes it.
func TestNoticeIsComplete(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	list, err := modules()
	require.NoError(t, err)
	require.Greater(t, len(list), 20)
	old, err := os.ReadFile("NOTICE")
	require.NoError(t, err)
	text, err := replaced(string(old), list)
	require.NoError(t, err)
	require.Equal(t, text, string(old), "run make notice")
}

func TestRecognise(t *testing.T) {
	for text, want := range map[string][]string{
		"Apache License\n   Version 2.0, January 2004":                                                      {"Apache-2.0"},
		"Licensed under the Apache License, Version 2.0 (the \"License\")":                                  {"Apache-2.0"},
		"Permission is hereby granted, free of charge, to any\nperson obtaining a copy":                     {"MIT"},
		"Redistribution and use in source and binary forms, with or without\nmodification, are permitted x": {"BSD-2-Clause"},
		"Redistribution and use in source and binary forms, with or without modification, are permitted; endorse or " +
			"promote products": {"BSD-3-Clause"},
		"GNU LESSER GENERAL PUBLIC LICENSE\n Version 2.1, February 1999": {"LGPL-2.1"},
		"All rights reserved.": nil,
	} {
		require.Equal(t, want, recognise(text), text)
	}
	_, err := replaced("no such lines", nil)
	require.Error(t, err)
	_, err = licences(t.TempDir())
	require.ErrorContains(t, err, "no licence")
}
