package network

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

var activations = []string{"relu", "leaky-relu", "tanh", "silu", "linear"}

func parsed(t *testing.T, text string) List {
	t.Helper()
	l, err := Parse(text, activations)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Lists in the forms that may be written, and the one that is.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"dense:3":                               "dense:3",
		" conv:32:4:2:1 ,\n\trelu ":             "conv:32:4:2:1,relu",
		"conv:1:2:1:0":                          "conv:1:2",
		"conv:1:2:3:0":                          "conv:1:2:3",
		"conv:1:2:1:1":                          "conv:1:2:1:1",
		"conv:1:2:1:3-3-3-3":                    "conv:1:2:1:3",
		"conv:1:2:1:0-1-2-3":                    "conv:1:2:1:0-1-2-3",
		"conv:1:2:2:same":                       "conv:1:2:2:same",
		"convt:out:3:2:1:1":                     "convt:out:3:2:1:1",
		"convt:8:3:2:1:1-0":                     "convt:8:3:2:1:1-0",
		"convt:8:3:2:1:1-1":                     "convt:8:3:2:1:1",
		"convt:8:3:1:0:0":                       "convt:8:3",
		"bn, batchnorm":                         "2*batchnorm",
		"groupnorm:4,avgpool:2,upsample:3":      "groupnorm:4,avgpool:2,upsample:3",
		"flatten,reshape:4x5x6,dense:out":       "flatten,reshape:4x5x6,dense:out",
		"2*[conv:3:1,relu],tanh":                "conv:3:1,relu,conv:3:1,relu,tanh",
		"3*dense:5":                             "3*dense:5",
		"2*[2*dense:5]":                         "4*dense:5",
		"[dense:5,[relu]]":                      "dense:5,relu",
		"2 * residual [ relu , conv:3:3:1:1 ]":  "2*residual[relu,conv:3:3:1:1]",
		"residual[conv:3:3:2:1|conv:3:1:2],bn":  "residual[conv:3:3:2:1|conv:3:1:2],batchnorm",
		"gated-dense:3,gated-conv:3:5:1:2,silu": "gated-dense:3,gated-conv:3:5:1:2,silu",
		"residual[residual[relu,dense:5]]":      "residual[residual[relu,dense:5]]",
		"latents:8":                             "latents:8",
		"relu,latents:8:1":                      "relu,latents:8",
		"latents:8:5":                           "latents:8:5",
	} {
		l := parsed(t, text)
		if l.String() != want {
			t.Errorf("%q is %q, want %q", text, l, want)
		}
		if again := parsed(t, l.String()); fmt.Sprint(again) != fmt.Sprint(l) {
			t.Errorf("%q read again is %q", l, again)
		}
	}
}

// What is no list, with where and why.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                           "item 1, at column 1: a layer is missing",
		"relu,,tanh":                 "item 2, at column 6: a layer is missing",
		"relu, ":                     "item 2, at column 7: a layer is missing",
		"conv:3:4,cnv:3:4":           `item 2, at column 10 (cnv:3:4): there is no layer "cnv"`,
		"conv":                       "item 1, at column 1 (conv): is written conv:FILTERS:KERNEL[:STRIDE[:PADDING]]",
		"conv:3":                     "is written conv:FILTERS:KERNEL[:STRIDE[:PADDING]]",
		"conv:3:4:1:1:1":             "is written conv:",
		"conv:3:x":                   `item 1, at column 1 (conv:3:x): KERNEL must be a number from 1 to 65536, not "x"; it is written conv:`,
		"conv:0:4":                   "FILTERS must be a number from 1 to 268435456, or out in the last layer of a decoder",
		"conv:3:4:0":                 "STRIDE must be",
		"conv:3:4:1:1-2":             "PADDING must be a number from 0 to 65536, same, or four numbers TOP-BOTTOM-LEFT-RIGHT",
		"conv:3:4:1:-1":              "PADDING must be",
		"conv:03:4":                  "FILTERS must be",
		"conv:99999999999999999999":  "is written",
		"dense:99999999999999999999": "UNITS must be",
		"dense:+5":                   "UNITS must be",
		"gated-dense:out":            "UNITS must be a number from 1 to 268435456, not",
		"convt:3:4:2:1:1-1-1":        "OUTPUT-PADDING must be",
		"reshape:4x4":                "WIDTHxHEIGHTxCHANNELS must be three numbers, such as 4x4x32",
		"reshape:65537x1x1":          "WIDTHxHEIGHTxCHANNELS must be",
		"reshape:4x4x0":              "WIDTHxHEIGHTxCHANNELS must be",
		"relu:0.2":                   "an activation is its name alone, relu",
		"flatten:3":                  "is written flatten",
		"residual":                   "item 1, at column 1 (residual): is written residual[LAYERS]",
		"residual:3":                 "is written residual[LAYERS]",
		"residual[relu":              "its bracket [ is not closed by ]",
		"residual[relu|relu|relu]":   "more than one shortcut",
		"residual[relu,relu,relu":    "item 1, at column 1 (residual): its bracket [ is not closed by ]",
		"relu,residual[relu,conv:3:3|conv:1:1|relu],dense:3": "item 2, at column 6 (residual): has more than one shortcut",
		"relu,1500*[relu,relu]":                              "item 2, at column 11: 1500 times makes more than 2000 layers",
		"residual[]":                                         "item 2, at column 10: a layer is missing",
		"residual[relu,]":                                    "item 3, at column 15: a layer is missing",
		"[relu|relu]":                                        "a | is for residual[LAYERS|SHORTCUT]",
		"dense[relu]":                                        "only residual has layers of its own, in brackets",
		"relu]":                                              "']' opens nothing here: put a comma between layers",
		"relu relu":                                          "'r' opens nothing here: put a comma between layers",
		"dense:3 | relu":                                     "'|' opens nothing here",
		"0*relu":                                             "before * there must be how often, a number from 1 to 2000",
		"x*relu":                                             "before * there must be how often",
		"*relu":                                              "before * there must be how often",
		"2*":                                                 "item 1, at column 3: a layer is missing",
		"2*3*relu":                                           `there is no layer "3"`,
		"2000*[relu,tanh]":                                   "2000 times makes more than 2000 layers",
		"1000000*relu":                                       "before * there must be how often, a number from 1 to 2000",
		"1500*relu,1500*relu":                                "item 2, at column 20: the list has more than 2000 layers by here",
		"[[[[[[[[[relu]]]]]]]]]":                             "brackets lie within each other more than 8 times",
		strings.Repeat(" ", 1<<18):                           "more than 131072",
		"relu\xff":                                           "not in UTF-8",
		"latents":                                            "is written latents:CHANNELS[:KERNEL]",
		"latents:out":                                        "CHANNELS must be a number from 1 to 268435456, not",
		"latents:8:2":                                        "KERNEL must be an odd number from 1 to 65536, not",
		"latents:8:3:1":                                      "is written latents:CHANNELS[:KERNEL]",
	} {
		l, err := Parse(text, activations)
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.60q is %v, error %v, want %q", text, l, err, want)
		}
	}
	_, err := Parse("conv:3:4,cnv:3:4", activations)
	if e := err.(*Error); e.Unknown != "cnv" || len(e.Known) != len(Names())+len(activations) {
		t.Errorf("%+v", e)
	}
}

// Every kind of layer is a name, and is read as it is written.
func TestNamesAreKinds(t *testing.T) {
	for _, name := range Names() {
		if kinds[name] != Kind(name) {
			t.Errorf("%s is %q", name, kinds[name])
		}
	}
	if len(kinds) != len(Names())+1 { // bn
		t.Errorf("%d kinds, %d names", len(kinds), len(Names()))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"conv:32:4:2:1,relu,dense:256", "2*residual[relu,conv:3:3:1:1|conv:3:1:2:0-1-1-0],bn", "reshape:1x2x3,convt:out:3:2:same:1-0", "[[2*relu]]", "conv:4:3:2,residual[conv:4:1],latents:3:3"} {
		f.Add(text, 28, 28, 3)
	}
	f.Fuzz(func(t *testing.T, text string, width, height, channels int) {
		l, err := Parse(text, activations)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("%q: the error is more than one line: %q", text, err)
			}
			return
		}
		if again, err := Parse(l.String(), activations); err != nil || again.String() != l.String() || again.count() != l.count() {
			t.Fatalf("%q is %q, read again %q, %v", text, l, again, err)
		}
		image := Shape{1 + width&63, 1 + height&63, 1 + channels&3}
		steps, err := Plan(l, Image(image), nil)
		if err != nil {
			return
		}
		back, err := Mirror(steps)
		if err != nil {
			return
		}
		again, err := Parse(back.String(), activations)
		if err != nil || again.String() != back.String() {
			t.Fatalf("%q mirrored is %q, read again %q, %v", l, back, again, err)
		}
		if _, err := Plan(back, Codes(steps, 7, 0), &image); err != nil && !strings.Contains(err.Error(), "beyond the limit") && !strings.Contains(err.Error(), "groups") {
			t.Errorf("%q of %v mirrored is %q: %v", l, image, back, err)
		}
	})
}
