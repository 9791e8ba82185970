/** Files inside files, as uris name them behind the file that holds them. */

/** `#folder/a.md` for a file in an archive or attached to a message; "" for the file itself and for its rows. */
export function memberOf(uri: string): string {
  const [, ...anchors] = uri.split("#");
  // A member's own signs are percent-encoded; what tells of a row is not: `row=3`.
  const members = anchors.map((anchor) => anchor.replace(/&member=\d+$/, "")).filter((anchor) => !anchor.includes("="));
  try {
    return members.map((member) => `#${decodeURIComponent(member)}`).join("");
  } catch {
    return "";
  }
}
