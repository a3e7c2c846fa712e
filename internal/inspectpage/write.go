package inspectpage

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/upright-media/upright/internal/files"
)

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// policy lets the page's own script run and nothing else, whatever a file name should hold, and fetch nothing.
var policy = func() string {
	sum := sha256.Sum256([]byte(pageJS))
	return "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" +
		base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// Write draws a page. Nothing is written if it cannot be drawn.
func Write(w io.Writer, p Page) error {
	v, err := p.view()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := v.page().Render(context.Background(), &b); err != nil {
		return fmt.Errorf("cannot make the page: %w", err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

// beginning is what each page of ours begins with.
const beginning = "<!DOCTYPE html>\n<html lang=\"en\" class=\"upright-inspect\">"

// CheckFile says why WriteFile must not write to path, before the work is done: it never replaces anything but a page
// that it wrote. One slip in a list of files, and it would be a recording.
func CheckFile(path string) error {
	f, _, err := files.Open(path, files.Follow)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if dir, err := os.Stat(filepath.Dir(path)); err != nil || !dir.IsDir() {
			return fmt.Errorf("there is no folder %s to write the page to", filepath.Dir(path))
		}
		return nil
	case errors.Is(err, files.ErrNotRegular):
		return fmt.Errorf("%s is not a regular file; name a file for the page", path)
	case err != nil:
		return fmt.Errorf("cannot look at the file that the page would replace: %w", err)
	}
	defer f.Close()
	b := make([]byte, len(beginning))
	n, err := io.ReadFull(f, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("cannot look at the file that the page would replace: %w", err)
	}
	if n > 0 && string(b) != beginning {
		return fmt.Errorf("%s exists and is not a page of inspect; it is not replaced, name another file", path)
	}
	return nil
}

// WriteFile writes a page to a file, which whoever reads it finds whole or not at all. See CheckFile for what it
// replaces.
func WriteFile(path string, p Page) error {
	if err := CheckFile(path); err != nil {
		return err
	}
	if err := files.Replace(path, 0o644, func(w io.Writer) error { return Write(w, p) }); err != nil {
		return fmt.Errorf("cannot write the page %s: %w", path, files.Reason(err))
	}
	return nil
}
