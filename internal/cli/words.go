package cli

import (
	"io"
	"strings"

	"vae/internal/config"
)

// worded puts flags for the settings and options that a text from below mentions.
func worded(text string) string { return config.Word(text, asFlag) }

// asFlag is a setting or an option as it is given on the command line: "--lr 0.001". A
// setting that has no flag keeps its path.
func asFlag(name, value string) string {
	flag := "--" + strings.ReplaceAll(name, "_", "-")
	switch row, ok := config.Find(name); {
	case ok && row.Flag != "":
		flag = "--" + row.Flag
	case ok:
		flag = name
	case name == "number":
		flag = "-n"
	}
	if value == "" {
		return flag
	}
	return flag + " " + value
}

// wordedWriter words whatever a person is told, which comes in whole messages: the one
// way out of the program for errors, warnings and notes.
type wordedWriter struct{ io.Writer }

func (w wordedWriter) Write(p []byte) (int, error) {
	text := strings.ReplaceAll(worded(string(p)), "\x00", " ") // of what only looks like a mention
	if text == string(p) {
		return w.Writer.Write(p)
	}
	if _, err := io.WriteString(w.Writer, text); err != nil {
		return 0, err
	}
	return len(p), nil
}
