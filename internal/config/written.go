package config

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// YAML writes every setting. For a valid c, Load reads the same values back over any base, floats exactly.
func (c Config) YAML() []byte {
	var b bytes.Buffer
	for i, section := range sections {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:\n", section)
		for _, s := range table {
			if s.section() == section {
				s.write(&b, &c)
			}
		}
	}
	return b.Bytes()
}

func (s Setting) write(b *bytes.Buffer, c *Config) {
	fmt.Fprintf(b, "  %s: %s", s.key(), s.encode(c))
	if s.Note != "" {
		fmt.Fprintf(b, " # %s", s.Note)
	}
	b.WriteByte('\n')
}

// encode is the value in c as it stands in a file.
func (s Setting) encode(c *Config) string {
	switch v := s.At(c).(type) {
	case *Keyword:
		return string(*v)
	case *string:
		return strconv.Quote(*v)
	case *bool:
		return strconv.FormatBool(*v)
	case *uint64:
		return strconv.FormatUint(*v, 10)
	case *int:
		return s.orWord(float64(*v), strconv.Itoa(*v))
	case *float64:
		return s.orWord(*v, strconv.FormatFloat(*v, 'g', -1, 64))
	case *[]int:
		return "[" + strings.Join(strings.Fields(strings.Trim(fmt.Sprint(*v), "[]")), ", ") + "]"
	case *[]string:
		return "[" + strings.Join(quoteAll(*v), ", ") + "]"
	default:
		panic(fmt.Sprintf("config: %s is a %T, which cannot be written", s.Path, v))
	}
}

// shown is the value in c as a message shows it.
func (s Setting) shown(c *Config) string {
	if text, ok := s.At(c).(*string); ok {
		return quote(*text)
	}
	return cut(s.encode(c), maxShown)
}

// orWord is the word that stands for a value, where there is one, else the value as it is written.
func (s Setting) orWord(value float64, written string) string {
	for i, word := range s.Words() {
		if value == float64(-1-i) {
			return word
		}
	}
	return written
}

func quoteAll(texts []string) []string {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		quoted[i] = strconv.Quote(text)
	}
	return quoted
}
