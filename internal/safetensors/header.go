package safetensors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// An entry is what the header says of one tensor.
type entry struct {
	name       string
	dtype      DType
	shape      []int
	start, end int // of its data, in bytes after the header
}

// parseHeader decodes the header's JSON. Every error is a [*FormatError]. The
// entries are in the header's order and not yet checked against each other.
func parseHeader(header []byte) (map[string]string, []entry, error) {
	if err := checkJSON(header); err != nil {
		return nil, nil, err
	}
	p := &parser{dec: json.NewDecoder(bytes.NewReader(header))}
	p.dec.UseNumber()
	if err := p.members("the header", p.member); err != nil {
		return nil, nil, formatErrorf("%v", err)
	}
	return p.metadata, p.entries, nil
}

// checkJSON reports whether header is one JSON object in well-formed Unicode.
// Thereafter the decoder fails on no syntax.
func checkJSON(header []byte) error {
	switch {
	case len(header) == 0 || header[0] != '{':
		return formatErrorf("its header does not start with {")
	case !utf8.Valid(header):
		return formatErrorf("its header is not valid UTF-8")
	case !json.Valid(header):
		return formatErrorf("its header is not valid JSON")
	case loneSurrogate(header):
		return formatErrorf("its header has half of a surrogate pair")
	}
	return nil
}

// loneSurrogate reports whether valid JSON has a \u escape that is half of a
// surrogate pair, for which the decoder would put U+FFFD in silence.
func loneSurrogate(valid []byte) bool {
	for i := 0; i < len(valid); i++ {
		if valid[i] != '\\' {
			continue
		}
		i++
		if valid[i] != 'u' {
			continue
		}
		switch hex4(valid[i+1:]) & 0xfc00 {
		case 0xdc00:
			return true
		case 0xd800:
			rest := valid[i+5:]
			if rest[0] != '\\' || rest[1] != 'u' || hex4(rest[2:])&0xfc00 != 0xdc00 {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// hex4 returns the value of four hexadecimal digits, which are there.
func hex4(digits []byte) uint64 {
	v, _ := strconv.ParseUint(string(digits[:4]), 16, 16)
	return v
}

// A parser walks the header's tokens, for the decoder's structs would take the
// last of several equal keys, and keys in any case.
type parser struct {
	dec      *json.Decoder
	metadata map[string]string
	entries  []entry
}

// member decodes one member of the header.
func (p *parser) member(key string) error {
	if key == metadataKey {
		return p.metadataObject()
	}
	e := entry{name: key}
	what := "tensor " + quote(key)
	fields := 0
	err := p.members(what, func(field string) (err error) {
		fields++
		switch field {
		case "dtype":
			e.dtype, err = p.dtype(what)
		case "shape":
			e.shape, err = p.ints(what + ": shape")
		case "data_offsets":
			e.start, e.end, err = p.offsets(what)
		default: // as the reference implementation does
			fields--
			err = p.dec.Decode(new(json.RawMessage))
		}
		return err
	})
	if err == nil && fields < 3 {
		err = fmt.Errorf("%s lacks dtype, shape or data_offsets", what)
	}
	p.entries = append(p.entries, e)
	return err
}

// metadataObject decodes an object of strings, or null for none.
func (p *parser) metadataObject() error {
	tok, err := p.dec.Token()
	if err != nil || tok == nil {
		return err
	}
	if tok != json.Delim('{') {
		return fmt.Errorf("%s is not an object", metadataKey)
	}
	p.metadata = map[string]string{}
	return p.restOfObject(metadataKey, func(key string) error {
		tok, err := p.dec.Token()
		if err != nil {
			return err
		}
		value, ok := tok.(string)
		if !ok {
			return fmt.Errorf("metadata %s is not a string", quote(key))
		}
		p.metadata[key] = value
		return nil
	})
}

// members reads an object and calls value with each key; value reads the value.
func (p *parser) members(what string, value func(key string) error) error {
	if err := p.open('{', what, "an object"); err != nil {
		return err
	}
	return p.restOfObject(what, value)
}

// restOfObject is members after the opening brace.
func (p *parser) restOfObject(what string, value func(key string) error) error {
	seen := map[string]bool{}
	for p.dec.More() {
		tok, err := p.dec.Token()
		if err != nil {
			return err
		}
		key, _ := tok.(string) // JSON has no other keys
		if seen[key] {
			return fmt.Errorf("%s has the key %s twice", what, quote(key))
		}
		seen[key] = true
		if err := value(key); err != nil {
			return err
		}
	}
	_, err := p.dec.Token()
	return err
}

// open reads the token that opens an object or an array.
func (p *parser) open(delim json.Delim, what, kind string) error {
	tok, err := p.dec.Token()
	if err != nil {
		return err
	}
	if tok != delim {
		return fmt.Errorf("%s is not %s", what, kind)
	}
	return nil
}

func (p *parser) dtype(what string) (DType, error) {
	tok, err := p.dec.Token()
	if err != nil {
		return "", err
	}
	name, ok := tok.(string)
	if !ok {
		return "", fmt.Errorf("%s: dtype is not a string", what)
	}
	if DType(name).Size() == 0 {
		return "", fmt.Errorf("%s: unknown dtype %s", what, quote(name))
	}
	return DType(name), nil
}

// ints reads an array of integers from 0 to the largest int.
func (p *parser) ints(what string) ([]int, error) {
	if err := p.open('[', what, "an array"); err != nil {
		return nil, err
	}
	values := []int{}
	for p.dec.More() {
		tok, err := p.dec.Token()
		if err != nil {
			return nil, err
		}
		number, _ := tok.(json.Number)
		v, err := strconv.ParseUint(string(number), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("%s holds something that is not a count", what)
		}
		values = append(values, int(v))
	}
	_, err := p.dec.Token()
	return values, err
}

func (p *parser) offsets(what string) (start, end int, err error) {
	values, err := p.ints(what + ": data_offsets")
	if err != nil {
		return 0, 0, err
	}
	if len(values) != 2 {
		return 0, 0, fmt.Errorf("%s: data_offsets has %d numbers, not 2", what, len(values))
	}
	return values[0], values[1], nil
}
