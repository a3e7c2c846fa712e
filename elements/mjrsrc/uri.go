package mjrsrc

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
)

const scheme = "mjr"

// URI is mjr:// and the absolute path.
func (s *source) URI() string {
	location := s.Get().Location
	if location == "" {
		return ""
	}
	path, err := filepath.Abs(location)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: scheme, Path: path}).String()
}

// SetURI sets the location from a URI.
func (s *source) SetURI(uri string) error {
	path, err := pathOf(uri)
	if err != nil {
		return err
	}
	s.SetProperty("location", path)
	return nil
}

// pathOf is the path in a URI, decoded. Programs that look for an element for the scheme ask with mjr:// alone.
func pathOf(uri string) (string, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", fmt.Errorf("%q is not a URI: %w", uri, errors.Unwrap(err))
	}
	switch {
	case !strings.EqualFold(u.Scheme, scheme):
		return "", fmt.Errorf("%q is not a URI of the scheme %s", uri, scheme)
	case u.Host != "" && u.Host != "localhost" || u.User != nil:
		return "", fmt.Errorf("%q names a host: write mjr:///, with three slashes, and an absolute path", uri)
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", fmt.Errorf("%q has a query or a fragment: write %%3F for ? and %%23 for # in a path", uri)
	case u.Opaque != "":
		return "", fmt.Errorf("%q has no absolute path: write mjr:///path", uri)
	}
	return u.Path, nil
}
