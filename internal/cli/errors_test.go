package cli

import "testing"

func TestWantsJSON(t *testing.T) {
	for _, c := range []struct {
		args []string
		want bool
	}{
		{nil, false},
		{[]string{"evaluate", "--json"}, true},
		{[]string{"--no-such-flag", "--json"}, true},
		{[]string{"evaluate", "--json=true", "-m", "x"}, true},
		{[]string{"evaluate", "--json", "--json=0"}, false},
		{[]string{"evaluate", "--json=maybe"}, false},
		{[]string{"encode", "--", "--json"}, false},
		{[]string{"evaluate", "--jsonx"}, false},
	} {
		if got := wantsJSON(nil, c.args); got != c.want {
			t.Errorf("%q: %v", c.args, got)
		}
	}
}
