// Package console is how a command of any kind talks with the world: streams, signals,
// errors and exit codes, files that are complete or not there, tables and progress. It
// knows no model and no setting.
package console
