package queue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"
)

// authority gives out credentials for a server that wants some.
type authority struct {
	options        server.Options
	operator, user nkeys.KeyPair
	account        nkeys.KeyPair
	claims         *jwt.AccountClaims
	resolver       *server.MemAccResolver
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{resolver: &server.MemAccResolver{}}
	system, err := nkeys.CreateAccount()
	require.NoError(t, err)
	a.operator, _ = nkeys.CreateOperator()
	a.account, _ = nkeys.CreateAccount()
	a.user, _ = nkeys.CreateUser()
	a.claims = jwt.NewAccountClaims(public(t, a.account))
	a.claims.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1}
	a.store(t, a.claims)
	a.store(t, jwt.NewAccountClaims(public(t, system)))
	a.options = server.Options{
		TrustedOperators: []*jwt.OperatorClaims{jwt.NewOperatorClaims(public(t, a.operator))},
		AccountResolver:  a.resolver, SystemAccount: public(t, system),
	}
	return a
}

func public(t testing.TB, k nkeys.KeyPair) string {
	t.Helper()
	p, err := k.PublicKey()
	require.NoError(t, err)
	return p
}

func (a *authority) store(t testing.TB, c *jwt.AccountClaims) {
	t.Helper()
	text, err := c.Encode(a.operator)
	require.NoError(t, err)
	require.NoError(t, a.resolver.Store(c.Subject, text))
}

// write writes the user's credentials, which expire after a while; 0: never.
func (a *authority) write(t testing.TB, path string, expire time.Duration) {
	t.Helper()
	c := jwt.NewUserClaims(public(t, a.user))
	if expire > 0 {
		c.Expires = time.Now().Add(expire).Unix()
	}
	text, err := c.Encode(a.account)
	require.NoError(t, err)
	seed, err := a.user.Seed()
	require.NoError(t, err)
	creds, err := jwt.FormatUserConfig(text, seed)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, creds, 0o600))
}

// TestCredentialsExpire has the credentials of a daemon expire, renews them, and revokes them. Its work goes on as soon
// as there are new ones, and until then it says what it wants.
func TestCredentialsExpire(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "user.creds")
	a := newAuthority(t)
	a.write(t, path, 8*time.Second)
	s := natsServer(t, &a.options)
	q := open(t, Options{URL: s.ClientURL(), Credentials: path})
	submit(t, q, spec(1))
	l := next(t, q)
	refused := func() bool {
		err := q.Ready()
		return err != nil && strings.Contains(err.Error(), "check queue.credentials")
	}
	eventually(t, "expired", refused)
	a.write(t, path, 0)
	eventually(t, "renewed", func() bool { return q.Ready() == nil })
	require.NoError(t, l.Update(background(t), run))
	finish(t, l)
	requireMessages(t, q, 0)

	a.claims.Revoke(public(t, a.user))
	a.store(t, a.claims)
	account, err := s.LookupAccount(a.claims.Subject)
	require.NoError(t, err)
	s.UpdateAccountClaims(account, a.claims)
	eventually(t, "revoked", refused)
}
