/** Goal: lines of web pages go, lines of text stay. */
import { describe, expect, test } from "bun:test";
import boilerplate from "../../../src/curate/modifiers/boilerplate.ts";
import { applied, describeModifier } from "../../contracts/modifier.ts";

describeModifier("boilerplate", [
  "Home | About | Contact",
  "All rights reserved.",
  "-----",
  "=====\n",
  "Share on Facebook",
  "We use cookies to improve your experience.",
  "text",
  "\n\n",
  "* * *",
]);

describe("boilerplate", () => {
  test.each([
    "This site uses cookies. By continuing you agree.",
    "We use cookies to give you the best experience on our website. Learn more",
    "Accept all cookies",
    "Copyright © 2019 Example Ltd. All Rights Reserved.",
    "© 2011-2020 The Gazette",
    "Home | About | Contact",
    "Home > Products > Shoes > Boots",
    "Log in · Register · Help",
    "Startseite » Kontakt » Impressum",
    "Share this on Facebook",
    "Click to share on Twitter (Opens in new window)",
    "Facebook | Twitter | LinkedIn",
    "Subscribe to our weekly newsletter",
    "Sign in to leave a comment",
    "Skip to main content",
    "« Previous Post | Next Post »",
    "Read more »",
    "Back to top",
    "Advertisement",
    "Powered by WordPress",
  ])("removes %s", async (line) => {
    const item = applied(await boilerplate(), `First.\n${line}\nLast.`);
    expect(item.text).toBe("First.\nLast.");
    expect(item.scores).toEqual({ "boilerplate.lines": 1, "boilerplate.chars": line.length + 1 });
  });

  test.each([
    "We use cookies in chapter three to keep a session alive between two requests.",
    "The oven was hot, and the cookies were ready.",
    "He reserved all rights in the contract of 1998.",
    "| Home | About | Contact |",
    "ls /home-page/about/contact",
    "Read more books than you buy.",
    "Share prices fell on Monday.",
    "He went home - about ten - and slept.",
    "apples | pears | plums",
    "Next, subtract the mean.",
    "Contact Anna about the house | she knows the owner well | she has the key",
    "Search",
    "Like",
    "like this:",
    "register",
    "...",
    "Copyright 1998 by the Institute, which grants",
    "1.2.3 > 1.2.2 > 1.2.1",
  ])("keeps %s", async (line) => {
    const text = `First.\n${line}\nLast.`;
    expect(applied(await boilerplate(), text).text).toBe(text);
  });

  test("removes separators between paragraphs, not those of headings, tables and front matter", async () => {
    const kept = "---\ntitle: x\n---\n\nHeading\n=======\n\n+---+\n| a |\n+---+\n";
    expect(applied(await boilerplate(), `${kept}\n*****\n\n* * *\n\nEnd\n\n--------`).text).toBe(`${kept}\n\n\nEnd\n`);
  });
});
