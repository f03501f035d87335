import assert from "node:assert/strict";
import fc from "fast-check";
import { parseAddress } from "../http/ip_address.ts";
import { isPublicAddress } from "./special_addresses.ts";

/** Written once more, as numbers: a slip in the table under test must not repeat itself here. */
const SPECIAL_V4: readonly (readonly [first: number, bits: number])[] = [
  [0x00000000, 8],
  [0x0a000000, 8],
  [0x64400000, 10],
  [0x7f000000, 8],
  [0xa83f8110, 32],
  [0xa9fe0000, 16],
  [0xac100000, 12],
  [0xc0000000, 24],
  [0xc0000200, 24],
  [0xc01fc400, 24],
  [0xc034c100, 24],
  [0xc0586300, 24],
  [0xc0a80000, 16],
  [0xc0af3000, 24],
  [0xc6120000, 15],
  [0xc6336400, 24],
  [0xcb007100, 24],
  [0xe0000000, 4],
  [0xf0000000, 4],
  [0xffffffff, 32],
];

/** As the first groups in hex, and how many bits of them count. */
const SPECIAL_V6: readonly (readonly [first: string, bits: number])[] = [
  ["00000000000000000000000000000000", 96],
  ["0064ff9b000000000000000000000000", 96],
  ["0064ff9b000100000000000000000000", 48],
  ["01000000000000000000000000000000", 64],
  ["20010000000000000000000000000000", 32],
  ["20010000000000000000000000000000", 23],
  ["20010010000000000000000000000000", 28],
  ["20010020000000000000000000000000", 28],
  ["20010db8000000000000000000000000", 32],
  ["20020000000000000000000000000000", 16],
  ["2620004f800000000000000000000000", 48],
  ["3fff0000000000000000000000000000", 20],
  ["5f000000000000000000000000000000", 16],
  ["fc000000000000000000000000000000", 7],
  ["fe800000000000000000000000000000", 10],
  ["fec00000000000000000000000000000", 10],
  ["ff000000000000000000000000000000", 8],
  ["40000000000000000000000000000000", 2],
];

/** Blocks that registries have given to networks. */
const PUBLIC_V6 = [
  ["26064700000000000000000000000000", 32],
  ["2a000000000000000000000000000000", 12],
  ["24000000000000000000000000000000", 12],
  ["20014860000000000000000000000000", 32],
] as const;

const dotted = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join(".");

/** Any address that begins with these bits. */
const inV4 = ([first, bits]: readonly [number, number]) =>
  fc.nat(2 ** (32 - bits) - 1).map((rest) => (first + rest) >>> 0);
const inV6 = ([first, bits]: readonly [string, number]) =>
  fc.bigInt(0n, 2n ** BigInt(128 - bits) - 1n).map((rest) => BigInt(`0x${first}`) + rest);

const groupsOf = (value: bigint) =>
  (value.toString(16).padStart(32, "0").match(/.{4}/g) ?? []).map((group) => parseInt(group, 16));

const isZero = (group: number | undefined) => group === 0;

/** All the ways to write an IPv6 address: padded or not, either case, `::` for any run of zeros, a dotted tail. */
const written = (value: bigint): fc.Arbitrary<string> =>
  fc.record({
    padded: fc.boolean(),
    upper: fc.boolean(),
    tail: fc.boolean(),
    from: fc.nat(7),
    run: fc.integer({ min: 1, max: 8 }),
  }).map(({ padded, upper, tail, from, run }) => {
    const groups = groupsOf(value);
    const low = Number(value & 0xffffffffn);
    const texts = groups.map((group) => group.toString(16).padStart(padded ? 4 : 1, "0"));
    const last = tail ? [...texts.slice(0, 6), dotted(low)] : texts;
    const zeros = groups.slice(from, from + run);
    const short = zeros.length === run && zeros.every(isZero) && from + run <= (tail ? 6 : 8);
    const text = short
      ? `${last.slice(0, from).join(":")}::${last.slice(from + run).join(":")}`
      : last.join(":");
    return upper ? text.toUpperCase() : text;
  });

Deno.test("isPublicAddress: the first and last address of every special range are refused", () => {
  for (const [first, bits] of SPECIAL_V4) {
    assert.equal(isPublicAddress(dotted(first)), false, dotted(first));
    const last = dotted((first + 2 ** (32 - bits) - 1) >>> 0);
    assert.equal(isPublicAddress(last), false, last);
  }
});

Deno.test("isPublicAddress: the neighbours of special ranges are public", () => {
  const neighbours = [
    ..."1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0".split(" "),
    ..."168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0".split(" "),
    ..."191.255.255.255 192.0.1.0 192.0.3.0 192.31.195.255 192.31.197.0 192.52.192.255".split(" "),
    ..."192.52.194.0 192.88.98.255 192.88.100.0 192.167.255.255 192.169.0.0 192.175.47.255".split(" "),
    ..."192.175.49.0 198.17.255.255 198.20.0.0 198.51.99.255 198.51.101.0 203.0.112.255".split(" "),
    ..."203.0.114.0 223.255.255.255 8.8.8.8 1.1.1.1 2001:200:: 2001:db7:ffff::1 2001:db9::".split(" "),
    ..."2001:4860:4860::8888 2003:: 2606:4700:4700::1111 2620:4f:7fff::1 2620:4f:8001::1".split(" "),
    ..."3ffe:ffff::1 3fff:1000:: 2a00:1450:4001:81b::200e".split(" "),
  ];
  for (const address of neighbours) assert.equal(isPublicAddress(address), true, address);
});

Deno.test("isPublicAddress: known ways to this computer or its neighbours are refused", () => {
  const ways = [
    ..."127.0.0.1 0.0.0.0 10.0.0.1 169.254.169.254 192.0.0.192 100.100.100.200 255.255.255.255".split(" "),
    ..."::1 :: ::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:10.0.0.1 ::127.0.0.1 ::8.8.8.8 ::ffff:0:7f00:1".split(
      " ",
    ),
    ..."64:ff9b::7f00:1 64:ff9b::8.8.8.8 64:ff9b:1::a00:1 2002:7f00:1:: 2002:808:808::1".split(" "),
    ..."fd00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 100::1 2001::1 2001:0:7f00:1::".split(" "),
    ..."2001:db8::1 3fff::1 5f00::1 4000::1 1fff:ffff::1 2606:4700::5efe:7f00:1".split(" "),
    ..."2606:4700::200:5efe:808:808 2a00::5efe:a00:1".split(" "),
  ];
  for (const address of ways) assert.equal(isPublicAddress(address), false, address);
});

Deno.test("isPublicAddress refuses what is not exactly an address", () => {
  const texts = [
    ..."1 1.1 1.1.1 1.1.1.1.1 01.1.1.1 1.1.1.08 1.1.1.256 0x1.1.1.1 16843009 1.1.1.1. .1.1.1.1".split(" "),
    ..."1.1.1.1:80 [2606:4700::1] 2606:4700::1%eth0 2606:4700::1%25eth0 2606:4700:::1".split(" "),
    ..."2606::4700::1 2606:4700:1:2:3:4:5:6:7 2606:4700:1:2:3:4:5 2606:4700:1:2:3:4:5:6:: 26060::1".split(
      " ",
    ),
    ..."2606:4700::g 2606:1.1.1.1::1 ::ffff:1.1.1.1:0 ::ffff:01.1.1.1 :2606:4700::1 2606:4700::1:".split(" "),
    ...[
      "",
      " 1.1.1.1",
      "1.1.1.1\n",
      "1.1.1.1 ",
      "-1.1.1.1",
      "+1.1.1.1",
      "1.1.1.1/8",
      "１.1.1.1",
      "dns.example",
    ],
  ];
  for (const text of texts) assert.equal(isPublicAddress(text), false, JSON.stringify(text));
});

Deno.test("isPublicAddress refuses every IPv4 address of a special range, also in the clothes of IPv6", () => {
  for (const range of SPECIAL_V4) {
    fc.assert(
      fc.property(
        inV4(range).chain((v4) =>
          fc.tuple(fc.constant(dotted(v4)), written(0xffff00000000n + BigInt(v4)), written(BigInt(v4)))
        ),
        (texts) => texts.every((text) => parseAddress(text) !== null && !isPublicAddress(text)),
      ),
      { numRuns: 50 },
    );
  }
});

Deno.test("isPublicAddress refuses every IPv6 address of a special range, in any textual form", () => {
  for (const range of SPECIAL_V6) {
    fc.assert(
      fc.property(
        inV6(range).chain(written),
        (text) => parseAddress(text) !== null && !isPublicAddress(text),
      ),
      { numRuns: 100 },
    );
  }
});

Deno.test("isPublicAddress judges a v4-mapped address as its IPv4 address", () => {
  fc.assert(fc.property(
    fc.nat(0xffffffff).chain((v4) =>
      fc.tuple(fc.constant(dotted(v4)), written(0xffff00000000n + BigInt(v4)))
    ),
    ([v4, mapped]) => isPublicAddress(v4) === isPublicAddress(mapped),
  ));
});

Deno.test("isPublicAddress accepts an IPv4 address outside of every special range", () => {
  const special = (v4: number) =>
    SPECIAL_V4.some(([first, bits]) => v4 >= first && v4 < first + 2 ** (32 - bits));
  fc.assert(
    fc.property(fc.nat(0xffffffff), (v4) => isPublicAddress(dotted(v4)) === !special(v4)),
    { numRuns: 2000 },
  );
});

Deno.test("isPublicAddress accepts addresses of public IPv6 networks in any form, ISATAP excepted", () => {
  for (const range of PUBLIC_V6) {
    fc.assert(fc.property(
      inV6(range).chain((value) => fc.tuple(fc.constant(value), written(value))),
      ([value, text]) => {
        const tunnel = (value >> 32n) & 0xfdffffffn;
        return isPublicAddress(text) === (tunnel !== 0x5efen);
      },
    ));
  }
});

Deno.test("isPublicAddress refuses ISATAP interface ids under any prefix", () => {
  fc.assert(fc.property(
    fc.constantFrom(...PUBLIC_V6).chain((range) =>
      fc.tuple(inV6(range), fc.constantFrom(0x5efen, 0x2005efen), fc.nat(0xffffffff))
    ).chain(([prefix, id, v4]) => written((prefix >> 64n << 64n) + (id << 32n) + BigInt(v4))),
    (text) => parseAddress(text) !== null && !isPublicAddress(text),
  ));
});

Deno.test("parseAddress reads every form of an address alike", () => {
  fc.assert(fc.property(
    fc.bigInt(0n, 2n ** 128n - 1n).chain((value) => fc.tuple(fc.constant(value), written(value))),
    ([value, text]) => {
      const bytes = parseAddress(text) ?? [];
      assert.equal(bytes.reduce((total, byte) => total * 256n + BigInt(byte), 0n), value);
      assert.equal(bytes.length, 16);
    },
  ));
});
