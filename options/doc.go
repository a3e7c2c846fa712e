// Package options is what a user can choose about one conversion beside its profile: one type, which is the flags of
// the program, the keys of a watch folder, the settings of a job, what the daemon hands to its child processes, and the
// properties of mjrsrc.
//
// To add an option:
//
//  1. Add a field to Options, tagged `yaml:"NAME" json:"NAME,omitempty"`, and property:"NAME" if mjrsrc is to have it.
//     An enumeration is a type of its own whose underlying type is string, with a constant for each value. It has a
//     method IsZero that is true for "" and for its default, and omitzero in the place of omitempty: jobs are known by
//     the JSON of their options, so that of a job that does not use the new one has to stay what it was.
//  2. Add its line to the table in table.go: name, help, values, and where it can be set.
//  3. Make it do something: in Timeline, if it is about how packets become a timeline, else in pipelines/plan.
//
// Flags, configuration, jobs, checks, help and properties then have it. A user reads of it in docs/cli.md,
// docs/configuration.md and, if mjrsrc has it, docs/elements.md; tests tell if it is missing there.
package options
