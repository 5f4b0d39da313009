package console

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestTable(t *testing.T) {
	var b strings.Builder
	table := NewTable(&b)
	table.Row("", "first", "b")
	table.Row("images", "1")
	table.Row("a sentence without columns")
	table.Row("é", "2,000", "c")
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	want := "        first  b\nimages  1\na sentence without columns\né  2,000  c\n"
	if b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}

// TestTableThatCannotBeWritten: an error is kept, whenever it comes.
func TestTableThatCannotBeWritten(t *testing.T) {
	full := errors.New("full")
	reader, writer := io.Pipe()
	reader.CloseWithError(full)
	table := NewTable(writer)
	table.Row("one", "two")
	if err := table.Flush(); !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
}
