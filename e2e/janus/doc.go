// Package janus tests the whole program with a real Janus and a real WebRTC client: what people publish to a room that
// is recorded becomes videos, as docs/operations.md says it does.
//
// Needed are the packages janus and iproute2, and a kernel that gives us network namespaces: Janus does not talk to
// loopback interfaces, and no other network of the machine is touched. UPRIGHT_E2E_JANUS=skip passes these tests over.
package janus
