import type { Browser } from "@playwright/test";
import qrcode from "qrcode-generator";

const STREET = { width: 1200, height: 900 };

/** What a camera might have seen: bags beside a bin. */
export function street(browser: Browser): Promise<Buffer> {
  return taken(
    browser,
    `<svg viewBox="0 0 400 300" width="100%">
    <rect width="400" height="190" fill="#d8cdb8"/><rect y="190" width="400" height="110" fill="#8b8d8c"/>
    <path d="M0 60H400M0 125H400M70 0V60M210 0V60M340 0V60M140 60V125M280 60V125M60 125V190M220 125V190" stroke="#b9a98c"/>
    <rect x="235" y="95" width="90" height="125" rx="8" fill="#2f6b45"/><rect x="227" y="84" width="106" height="18" rx="6" fill="#24543a"/>
    <circle cx="180" cy="215" r="34" fill="#2c2f33"/><circle cx="128" cy="222" r="27" fill="#3b3f45"/>
    <path d="M172 184l8-16 10 16z" fill="#2c2f33"/><rect x="88" y="232" width="34" height="14" fill="#c9a36b"/>
    <path d="M60 255q20-12 44 0t44 0" stroke="#5f6361" stroke-width="4" fill="none"/></svg>`,
  );
}

/** A plate with the code of an asset on a wall, seen a little askew. */
export function plate(browser: Browser, asset: string): Promise<Buffer> {
  const code = qrcode(0, "M");
  code.addData(asset);
  code.make();
  return taken(
    browser,
    `<div style="height:900px;background:#9a9c98;display:grid;place-items:center">
    <div style="padding:30px;background:#f4f4ee;transform:rotate(4deg)">${code.createSvgTag({ cellSize: 14 })}</div></div>`,
  );
}

async function taken(browser: Browser, scene: string): Promise<Buffer> {
  const page = await browser.newPage({ viewport: STREET });
  await page.setContent(`<body style="margin:0">${scene}`);
  const picture = await page.screenshot({ type: "jpeg" });
  await page.close();
  return picture;
}
