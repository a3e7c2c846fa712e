// Package house has no code, only a test: the map of this repository in CONTRIBUTING.md is compared with the tree, and
// what imports what with the map.
package house
