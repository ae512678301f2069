truncate "per%cent %I %s", "dou""ble", "back\slash", "Größe und Maß 漢字 🐘", "Other Schema"."a.b";
