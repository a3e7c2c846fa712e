// Package packaging has tests of what packages are made of. The script check looks at a package that was made.
package packaging
