package config

import "testing"

func TestParseRange(t *testing.T) {
	for text, want := range map[string]Range{
		"auto": {}, "8bit": {Low: 0, High: 255}, "16bit": {Low: 0, High: 65535}, "-1024:3071": {Low: -1024, High: 3071}, "0.5:1.5e3": {Low: 0.5, High: 1500},
	} {
		got, err := ParseRange(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := ParseRange(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s", text, got)
		}
	}
	if _, err := ParseRange("4095:0"); err == nil {
		t.Error("a range that falls was taken")
	}
}
