// Package systemd tests the daemon under the directives of its unit file, scripts/systemd/upright.service.
//
// No init system runs where tests run, so the unit's system call filter is installed by the tests themselves: the same
// groups, read from systemd's own tables with `systemd-analyze syscall-filter`.
package systemd
