// Command pages writes the Go code of all pages, which are written in templ, beside them: x_templ.go beside x.templ. It
// formats the pages, too. Its test fails if that was forgotten. The generator is that of go.mod, as is the library that
// the code calls.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/a-h/templ"
	"github.com/a-h/templ/generator"
	"github.com/a-h/templ/parser/v2"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintln(os.Stderr, "pages:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	wanted, err := pages(root)
	if err != nil {
		return err
	}
	for path, text := range wanted {
		if err := os.WriteFile(filepath.Join(root, path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// pages are the pages below a folder, formatted, and their code, by their paths in it.
func pages(root string) (map[string][]byte, error) {
	wanted := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".templ" {
			return err
		}
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		formatted, code, err := generate(path, string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		wanted[path], wanted[codeOf(path)] = formatted, code
		return nil
	})
	return wanted, err
}

// codeOf is where the code of a page is.
func codeOf(page string) string { return strings.TrimSuffix(page, ".templ") + "_templ.go" }

// generate formats a page and makes its code. The code has places of the formatted page, for what goes wrong in it.
func generate(path, text string) (formatted, code []byte, err error) {
	file, err := parser.ParseString(text)
	if err != nil {
		return nil, nil, err
	}
	var page, b bytes.Buffer
	if err := file.Write(&page); err != nil {
		return nil, nil, err
	}
	if file, err = parser.ParseString(page.String()); err != nil {
		return nil, nil, err
	}
	_, err = generator.Generate(file, &b, generator.WithFileName(path), generator.WithVersion(templ.Version()))
	if err != nil {
		return nil, nil, err
	}
	code, err = format.Source(b.Bytes())
	return page.Bytes(), code, err
}
