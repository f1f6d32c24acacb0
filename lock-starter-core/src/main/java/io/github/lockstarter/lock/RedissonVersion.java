/*
 * Copyright 2026-present the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockstarter.lock;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

import org.jspecify.annotations.Nullable;
import org.redisson.api.RScript;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.github.lockstarter.InvalidJobException;

/**
 * The version of Redisson on the class path. An older one is found out by a class, a
 * method or a field that is not there, somewhere in the middle of the work.
 *
 * @since 0.1.0
 */
public final class RedissonVersion {

	private static final Logger logger = LoggerFactory.getLogger(RedissonVersion.class);

	/** The oldest one that the build tests. */
	private static final String OLDEST = "4.0.0";

	/** The newest one that the build tests. */
	static final String NEWEST = "4.7.0";

	private RedissonVersion() {
	}

	/**
	 * Check that Redisson is not too old. Nothing else of it needs to be loaded.
	 * @throws InvalidJobException if it is
	 */
	public static void check() {
		String found = find();
		boolean named = Arrays.stream(RScript.ReturnType.values()).anyMatch((type) -> type.name().equals("LIST"));
		if (!named || (found != null && isTooOld(found))) {
			throw new InvalidJobException(
					"Redisson %s is on the class path, and locks need %s or later."
						.formatted((found != null) ? found : "of an older version", OLDEST),
					"Set the version of org.redisson:redisson to %s or later, and that of redisson-spring-boot-starter, if it is there: another dependency has brought the older one."
						.formatted(OLDEST));
		}
	}

	static String found() {
		String found = find();
		return (found != null) ? found : "of an unknown version";
	}

	static boolean isTooOld(String version) {
		try {
			return Integer.parseInt(version.split("\\D", 2)[0]) < Integer.parseInt(OLDEST.split("\\D", 2)[0]);
		}
		catch (NumberFormatException ex) {
			return false;
		}
	}

	/**
	 * Return what the first jar of that name says, as the first class of a name is the
	 * one that is loaded.
	 */
	private static @Nullable String find() {
		try {
			Enumeration<URL> manifests = RScript.class.getClassLoader().getResources("META-INF/MANIFEST.MF");
			while (manifests.hasMoreElements()) {
				try (InputStream in = manifests.nextElement().openStream()) {
					Attributes attributes = new Manifest(in).getMainAttributes();
					if ("Redisson".equals(attributes.getValue("Bundle-Name"))) {
						return attributes.getValue("Bundle-Version");
					}
				}
			}
		}
		catch (IOException ex) {
			logger.debug("The version of Redisson cannot be read", ex);
		}
		return null;
	}

}
