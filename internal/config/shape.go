package config

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// The lexer reads a whole file before limits can be held on its tokens. It takes some 250 bytes a token, and
// time with the square of the size of three things: blank lines behind a block of text, < after <, and tabs in
// a line of double-quoted text. What is allowed here takes it half a second and 160 MB at most.
const (
	maxSigns = 1 << 18 // more than the names of MaxClassText bytes can hold, with their quotes and commas
	maxBlank = 1 << 24 // blank lines in a row, times the size of the file; a few are allowed in any
	maxSteps = 1 << 26
)

// signs can be tokens, or begin and end them.
const signs = "[]{},:-?&*!%@`|>#'\".<\t"

// checkShape refuses what the lexer cannot read in reasonable time and memory.
func checkShape(src []byte) *PositionError {
	text := bytes.ReplaceAll(bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	number, blank, steps, found := 0, 0, 0, 0
	for line := range bytes.Lines(text) {
		number++
		if blank++; len(bytes.TrimSpace(line)) > 0 {
			blank = 0
		}
		steps += lexerSteps(line)
		found += countSigns(line)
		var err error
		switch {
		case found > maxSigns:
			err = fmt.Errorf("has too many signs for a configuration (over %d)", maxSigns)
		case blank > 16 && blank*len(text) > maxBlank:
			err = fmt.Errorf("has too many blank lines in a row for a configuration (%d)", blank)
		case steps > maxSteps:
			err = errors.New("has too many tabs in a line, or < in a row, for a configuration")
		}
		if err != nil {
			return &PositionError{Line: number, Column: 1, Err: err}
		}
	}
	return nil
}

// lexerSteps is what the lexer does for the tabs and the < of a line: from a tab it may look through the rest
// of the line, from a < through those behind it.
func lexerSteps(line []byte) int {
	steps, run := bytes.Count(line, []byte("\t"))*len(line), 0
	for _, c := range line {
		if c != '<' {
			run = 0
			continue
		}
		run++
		steps += run
	}
	return steps
}

func countSigns(line []byte) int {
	n := 0
	for _, c := range line {
		if strings.IndexByte(signs, c) >= 0 {
			n++
		}
	}
	return n
}
