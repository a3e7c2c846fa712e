// Package daemon is `upright serve`: it puts together what watches folders, keeps the queue, converts and delivers, and
// keeps it running through reloads, signals and failures. Everything it is made of lies in the folders below.
package daemon
